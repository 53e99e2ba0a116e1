import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isRecord } from '../json.js';
import { definitions } from '../kinds/kinds.js';
import { encodeOpenApiV2, openApiV2, openApiV3 } from './index.js';

const info = { title: 'Kubernetes', version: 'v1.34.0' };
const core = openApiV3({ group: '', version: 'v1' }, definitions, info);
const apps = openApiV3({ group: 'apps', version: 'v1' }, definitions, info);
const all = openApiV2(definitions, info);

// biome-ignore lint/suspicious/noExplicitAny: documents are JSON, and the tests know where they look
function at(document: unknown, ...path: readonly string[]): any {
  return path.reduce<unknown>(
    (value, key) => (isRecord(value) || Array.isArray(value) ? Reflect.get(value, key) : undefined),
    document,
  );
}

function references(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(references);
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([key, member]) =>
    key === '$ref' && typeof member === 'string' ? [member] : references(member),
  );
}

test('every reference leads somewhere, and every operation has an id of its own', () => {
  for (const [document, ...schemas] of [
    [core, 'components', 'schemas'],
    [apps, 'components', 'schemas'],
    [all, 'definitions'],
  ] as const) {
    const known = at(document, ...schemas);
    for (const reference of references(document)) assert.ok(Object.hasOwn(known, reference.split('/').at(-1) ?? ''), reference);
    const ids = Object.values(at(document, 'paths')).flatMap((item) =>
      Object.values(item as object).map(({ operationId }) => operationId),
    );
    assert.equal(new Set(ids).size, ids.length);
  }
});

test('kubectl finds out by a patch operation that the server validates fields', () => {
  const patch = at(apps, 'paths', '/apis/apps/v1/namespaces/{namespace}/deployments/{name}', 'patch');
  assert.deepEqual(patch['x-kubernetes-group-version-kind'], { group: 'apps', version: 'v1', kind: 'Deployment' });
  assert.equal(patch['x-kubernetes-action'], 'patch');
  const query = patch.parameters
    .filter((parameter: { in: string }) => parameter.in === 'query')
    .map(({ name }: { name: string }) => name);
  assert.deepEqual(query, ['pretty', 'dryRun', 'fieldManager', 'fieldValidation', 'force']);
  assert.equal(patch.operationId, 'patchAppsV1NamespacedDeployment');
});

test('what a path speaks of has a schema that names it, in every group and version', () => {
  // Options of streams and proxies are no schemas: Kubernetes publishes their members as parameters.
  const isOptions = (kind: string) => /(?:Proxy|Exec|Attach|PortForward)Options$/.test(kind);
  for (const { group, version } of definitions) {
    const document = openApiV3({ group, version }, definitions, info);
    const known = Object.values(at(document, 'components', 'schemas')).flatMap(
      (schema) => at(schema, 'x-kubernetes-group-version-kind') ?? [],
    );
    const names = new Set(known.map((one) => JSON.stringify([at(one, 'group'), at(one, 'version'), at(one, 'kind')])));
    for (const [path, item] of Object.entries(at(document, 'paths'))) {
      for (const operation of Object.values(item as object)) {
        const gvk = at(operation, 'x-kubernetes-group-version-kind');
        if (gvk === undefined || isOptions(gvk.kind)) continue;
        assert.ok(names.has(JSON.stringify([gvk.group, gvk.version, gvk.kind])), `${path}: ${JSON.stringify(gvk)}`);
      }
    }
  }
});

test('two versions of a kind have schemas of their own', () => {
  const spec = (version: string) =>
    at(openApiV3({ group: 'autoscaling', version }, definitions, info), 'components', 'schemas')[
      `io.k8s.api.autoscaling.${version}.HorizontalPodAutoscalerSpec`
    ].properties;
  assert.ok('targetCPUUtilizationPercentage' in spec('v1') && !('metrics' in spec('v1')));
  assert.ok('metrics' in spec('v2') && !('targetCPUUtilizationPercentage' in spec('v2')));
});

test('operations have the names that client generators know', () => {
  const id = (path: string, method: string) => at(core, 'paths', path, method, 'operationId');
  assert.equal(id('/api/v1/pods', 'get'), 'listCoreV1PodForAllNamespaces');
  assert.equal(id('/api/v1/namespaces/{namespace}/pods', 'get'), 'listCoreV1NamespacedPod');
  assert.equal(id('/api/v1/namespaces/{namespace}/pods', 'delete'), 'deleteCoreV1CollectionNamespacedPod');
  assert.equal(id('/api/v1/namespaces/{namespace}/pods/{name}', 'put'), 'replaceCoreV1NamespacedPod');
  assert.equal(id('/api/v1/namespaces/{namespace}/pods/{name}/status', 'get'), 'readCoreV1NamespacedPodStatus');
  assert.equal(id('/api/v1/namespaces/{namespace}/pods/{name}/exec', 'post'), 'connectCoreV1PostNamespacedPodExec');
  assert.equal(id('/api/v1/nodes/{name}', 'get'), 'readCoreV1Node');
});

test('schemas carry merge keys, kinds and published names', () => {
  const schema = (name: string) => at(core, 'components', 'schemas', name);
  const { containers } = schema('io.k8s.api.core.v1.PodSpec').properties;
  assert.equal(containers['x-kubernetes-patch-merge-key'], 'name');
  assert.equal(containers['x-kubernetes-patch-strategy'], 'merge');
  assert.deepEqual(containers.items, { $ref: '#/components/schemas/io.k8s.api.core.v1.Container' });
  assert.deepEqual(schema('io.k8s.api.core.v1.PodSpec').required, ['containers']);
  assert.deepEqual(schema('io.k8s.api.core.v1.Pod')['x-kubernetes-group-version-kind'], [
    { group: '', kind: 'Pod', version: 'v1' },
  ]);
  assert.ok(at(apps, 'components', 'schemas', 'io.k8s.api.autoscaling.v1.Scale'), 'a subresource has the name of its group');
  assert.ok(at(apps, 'components', 'schemas', 'io.k8s.api.core.v1.PodSpec'), 'a type keeps the name of its own group');
  assert.deepEqual(schema('io.k8s.apimachinery.pkg.api.resource.Quantity').oneOf, [{ type: 'string' }, { type: 'number' }]);
});

/** Just enough protobuf to read back what was written: the contents of the fields of one number. */
function contents(bytes: Uint8Array, wanted: number): Uint8Array[] {
  const found: Uint8Array[] = [];
  let position = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[position++] ?? 0;
      value |= (byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  while (position < bytes.length) {
    const tag = varint();
    const value = varint();
    if ((tag & 7) !== 2) continue;
    if (tag >> 3 === wanted) found.push(bytes.subarray(position, position + value));
    position += value;
  }
  assert.equal(position, bytes.length, 'messages end where their lengths say');
  return found;
}

const text = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString('utf8');
const first = (bytes: Uint8Array | undefined, field: number) => contents(bytes ?? new Uint8Array(), field)[0];

test('the protobuf form tells the same as the JSON form', () => {
  const document = encodeOpenApiV2(all);
  assert.equal(text(first(document, 1)), '2.0');
  assert.equal(text(first(first(document, 2), 2)), 'v1.34.0');
  const paths = contents(first(document, 8) ?? new Uint8Array(), 2);
  assert.deepEqual(
    paths.map((path) => text(first(path, 1))),
    Object.keys(at(all, 'paths')),
  );
  const schemas = new Map(
    contents(first(document, 9) ?? new Uint8Array(), 1).map((entry) => [text(first(entry, 1)), first(entry, 2)]),
  );
  assert.deepEqual([...schemas.keys()], Object.keys(at(all, 'definitions')));
  const spec = schemas.get('io.k8s.api.core.v1.PodSpec');
  const properties = contents(first(spec, 25) ?? new Uint8Array(), 1);
  assert.equal(properties.length, Object.keys(at(all, 'definitions', 'io.k8s.api.core.v1.PodSpec', 'properties')).length);
  const containers = first(
    properties.find((property) => text(first(property, 1)) === 'containers'),
    2,
  );
  assert.equal(text(first(first(containers, 22), 1)), 'array');
  assert.equal(text(first(first(first(containers, 23), 1), 1)), '#/definitions/io.k8s.api.core.v1.Container');
  const extensions = contents(containers ?? new Uint8Array(), 31).map((entry) => [
    text(first(entry, 1)),
    text(first(first(entry, 2), 2)),
  ]);
  assert.deepEqual(extensions.slice(0, 2), [
    ['x-kubernetes-patch-merge-key', '"name"\n'],
    ['x-kubernetes-patch-strategy', '"merge"\n'],
  ]);
});
