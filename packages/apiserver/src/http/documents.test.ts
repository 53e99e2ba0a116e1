import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { configMap, TestServer } from '../testing/api-servers.js';
import type { Loose } from '../testing/registries.js';

let server: TestServer;
before(async () => {
  server = await TestServer.start();
});
after(() => server.close());

const configMaps = '/api/v1/namespaces/default/configmaps';
const aggregated = (version: string) => ({
  accept: `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList,application/json`,
});

test('discovery: groups, versions and resources', async () => {
  const api = await server.call('/api');
  assert.deepEqual([api.json.kind, api.json.versions], ['APIVersions', ['v1']]);
  const apis = await server.call('/apis');
  const apps = apis.json.groups.find((group: Loose) => group.name === 'apps');
  assert.deepEqual(apps.preferredVersion, { groupVersion: 'apps/v1', version: 'v1' });
  assert.deepEqual((await server.call('/apis/apps')).json.preferredVersion, apps.preferredVersion);
  const core = await server.call('/api/v1');
  const pods = core.json.resources.find((resource: Loose) => resource.name === 'pods');
  assert.deepEqual([pods.kind, pods.namespaced, pods.shortNames, pods.categories], ['Pod', true, ['po'], ['all']]);
  assert.equal(core.json.apiVersion, undefined, 'as in Kubernetes, of this one list');
  // Those of Kubernetes.
  for (const [path, name, hash] of [
    ['/api/v1', 'configmaps', 'qFsyl6wFWjQ='],
    ['/api/v1', 'pods/status', undefined],
    ['/apis/events.k8s.io/v1', 'events', 'r2yiGXH7wu8='],
    ['/apis/autoscaling/v1', 'horizontalpodautoscalers', 'qwQve8ut294='],
    ['/apis/authorization.k8s.io/v1', 'subjectaccessreviews', undefined],
  ] as const) {
    const { resources } = (await server.call(path)).json;
    const found = resources.find((resource: Loose) => resource.name === name);
    assert.equal(found.storageVersionHash, hash, name);
  }
  const binding = core.json.resources.find((resource: Loose) => resource.name === 'pods/eviction');
  assert.deepEqual([binding.group, binding.version, binding.kind], ['policy', 'v1', 'Eviction']);
  assert.equal((await server.call('/apis/nope')).code, 404);
});

test('aggregated discovery, in both versions, with an entity tag', async () => {
  for (const version of ['v2', 'v2beta1']) {
    const reply = await server.call('/apis', { headers: aggregated(version) });
    assert.equal(reply.headers['content-type'], `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`);
    assert.deepEqual([reply.json.kind, reply.json.apiVersion], ['APIGroupDiscoveryList', `apidiscovery.k8s.io/${version}`]);
    const apps = reply.json.items.find((item: Loose) => item.metadata.name === 'apps');
    const deployments = apps.versions[0].resources.find((resource: Loose) => resource.resource === 'deployments');
    assert.deepEqual(deployments.responseKind, { group: 'apps', version: 'v1', kind: 'Deployment' });
    assert.ok(deployments.subresources.some((subresource: Loose) => subresource.subresource === 'scale'));
    const etag = String(reply.headers['etag']);
    assert.equal((await server.call('/apis', { headers: { ...aggregated(version), 'if-none-match': etag } })).code, 304);
  }
});

test('OpenAPI: an index whose addresses change with their documents', async () => {
  const index = await server.call('/openapi/v3');
  const { serverRelativeURL } = index.json.paths['apis/apps/v1'];
  const document = await server.call(serverRelativeURL);
  assert.match(document.json.openapi, /^3\./);
  assert.match(String(document.headers['cache-control']), /immutable/);
  assert.ok('/apis/apps/v1/namespaces/{namespace}/deployments/{name}' in document.json.paths);
  const v2 = await server.call('/openapi/v2');
  assert.equal(v2.json.swagger, '2.0');
  const protobuf = await server.call('/openapi/v2', {
    headers: { accept: 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf' },
  });
  assert.equal(protobuf.headers['content-type'], 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf');
  assert.equal((await server.call('/openapi/v3/apis/nope/v1')).code, 404);
});

test('version, paths, health and metrics', async () => {
  const { json: version } = await server.call('/version');
  assert.deepEqual([version.major, version.minor, version.gitVersion], ['1', '34', 'v1.34.0+flotilla']);
  const { json: root } = await server.call('/');
  assert.ok(root.paths.includes('/apis/apps/v1'));
  assert.equal((await server.call('/readyz')).text, 'ok');
  assert.match((await server.call('/readyz?verbose')).text, /^\[\+\]ping ok\n.*readyz check passed\n$/s);
  assert.equal((await server.call('/readyz/etcd')).text, 'ok');
  assert.equal((await server.call('/livez/nope')).code, 404);
  const { text } = await server.call('/metrics');
  assert.match(
    text,
    /apiserver_request_total\{verb="GET",group="",version="",resource="",subresource="\/version",scope="",component="apiserver",dry_run="",code="200"\} 1/,
  );
  assert.match(text, /apiserver_request_duration_seconds_bucket/);
  assert.match(text, /apiserver_storage_objects\{resource="clusterroles\.rbac\.authorization\.k8s\.io"\} [1-9]/);
  assert.match(text, /kubernetes_build_info\{major="1",minor="34",/);
});

test('tables, metadata alone, YAML and indented JSON of the same object', async () => {
  await server.call(configMaps, { method: 'POST', body: configMap('shown', { a: '1', b: '2' }) });
  const as = (kind: string) => ({ accept: `application/json;as=${kind};v=v1;g=meta.k8s.io,application/json` });
  const { json: one } = await server.call(`${configMaps}/shown`, { headers: as('Table') });
  assert.deepEqual([one.kind, one.apiVersion], ['Table', 'meta.k8s.io/v1']);
  assert.deepEqual(one.rows[0].cells.slice(0, 2), ['shown', 2]);
  const { json: list } = await server.call(`${configMaps}?includeObject=Object`, { headers: as('Table') });
  assert.match(list.metadata.resourceVersion, /^\d+$/);
  assert.deepEqual(list.rows[0].object.data, { a: '1', b: '2' });
  const { json: bare } = await server.call(`${configMaps}?includeObject=None`, { headers: as('Table') });
  assert.equal(bare.rows[0].object, null);
  const { json: partial } = await server.call(`${configMaps}/shown`, { headers: as('PartialObjectMetadata') });
  assert.deepEqual([partial.kind, partial.metadata.name, partial.data], ['PartialObjectMetadata', 'shown', undefined]);
  const { json: partials } = await server.call(configMaps, { headers: as('PartialObjectMetadataList') });
  assert.deepEqual([partials.kind, partials.items[0].kind], ['PartialObjectMetadataList', 'PartialObjectMetadata']);
  const { json: missing } = await server.call(`${configMaps}/none`, { headers: as('Table') });
  assert.equal(missing.kind, 'Status');
  const yaml = await server.call(`${configMaps}/shown`, { headers: { accept: 'application/yaml' } });
  assert.match(yaml.text, /\ndata:\n {2}a: "1"\n {2}b: "2"\n/);
  for (const [path, headers] of [
    [`${configMaps}/shown?pretty=1`, {}],
    [`${configMaps}/shown`, { 'user-agent': 'curl/8' }],
  ] as const) {
    assert.match((await server.call(path, { headers })).text, /^\{\n {2}"kind": "ConfigMap",\n/);
  }
});

test('a YAML body, a HEAD, warnings and an audit id', async () => {
  const body = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: from-yaml}\ndata: {yes: "y"}\nfoo: 1\n---\n';
  const reply = await server.call(configMaps, { method: 'POST', body, headers: { 'content-type': 'application/yaml' } });
  assert.equal(reply.code, 201, reply.text);
  assert.deepEqual(reply.json.data, { yes: 'y' });
  assert.equal(reply.headers['warning'], '299 - "unknown field \\"foo\\""');
  assert.match(String(reply.headers['audit-id']), /^[0-9a-f-]{36}$/);
  const head = await server.call(`${configMaps}/from-yaml`, { method: 'HEAD' });
  assert.deepEqual([head.code, head.text], [200, '']);
});

test('a list of many pieces arrives whole', async () => {
  const names = Array.from({ length: 12 }, (_, i) => `piece-${i}`);
  for (const name of names) await server.call(configMaps, { method: 'POST', body: configMap(name, { a: name.repeat(4_000) }) });
  const { json, headers } = await server.call(configMaps);
  assert.equal(headers['transfer-encoding'], 'chunked');
  const read = json.items.filter((item: { metadata: { name: string } }) => names.includes(item.metadata.name));
  assert.deepEqual(
    read.map((item: { data: { a: string } }) => item.data.a),
    names.sort().map((name) => name.repeat(4_000)),
  );
});

test('a large list is compressed for those who take it', async () => {
  await server.call(configMaps, { method: 'POST', body: configMap('large', { a: 'x'.repeat(300_000) }) });
  const path = `${configMaps}?fieldSelector=metadata.name%3Dlarge`;
  const plain = await server.call(path);
  assert.equal(plain.headers['content-encoding'], undefined);
  const packed = await server.call(path, { headers: { 'accept-encoding': 'gzip' } });
  assert.equal(packed.headers['content-encoding'], 'gzip');
  assert.ok(packed.sentBytes < plain.sentBytes / 10);
  assert.equal(packed.text, plain.text);
  assert.equal(plain.json.items[0].data.a.length, 300_000);
});
