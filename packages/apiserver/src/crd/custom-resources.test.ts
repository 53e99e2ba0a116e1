import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { TestServer } from '../testing/api-servers.js';
import { cronTabs, establish, until } from '../testing/custom-resources.js';
import type { Loose } from '../testing/registries.js';

const crds = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const tabs = '/apis/stable.example.com/v1/namespaces/default/crontabs';
const merge = { 'content-type': 'application/merge-patch+json' };

let server: TestServer;
before(async () => {
  server = await TestServer.start();
});
after(() => server.close());

const tab = (name: string, spec: Loose, more: Loose = {}) => ({
  apiVersion: 'stable.example.com/v1',
  kind: 'CronTab',
  metadata: { name },
  spec,
  ...more,
});

test('a definition is accepted, served, discovered and documented', async () => {
  const { json: crd } = await establish(server, cronTabs());
  assert.deepEqual(
    crd.status.conditions.map(({ type, status, reason }: Loose) => `${type} ${status} ${reason}`),
    ['NamesAccepted True NoConflicts', 'Established True InitialNamesAccepted'],
  );
  assert.deepEqual(crd.status.storedVersions, ['v1']);
  assert.deepEqual(crd.status.acceptedNames, crd.spec.names);
  assert.deepEqual([crd.spec.names.singular, crd.spec.names.listKind], ['crontab', 'CronTabList']);
  assert.equal((await server.call(tabs)).json.kind, 'CronTabList');
  const { json: group } = await server.call('/apis/stable.example.com/v1');
  assert.deepEqual(
    group.resources.map(({ name }: Loose) => name),
    ['crontabs', 'crontabs/status', 'crontabs/scale'],
  );
  assert.deepEqual(group.resources[0].shortNames, ['ct']);
  const { json: index } = await server.call('/openapi/v3');
  const { json: document } = await server.call(index.paths['apis/stable.example.com/v1'].serverRelativeURL);
  const schema = document.components.schemas['com.example.stable.v1.CronTab'];
  assert.equal(schema.properties.spec.properties.replicas.minimum, 1);
  assert.deepEqual(schema['x-kubernetes-group-version-kind'], [{ group: 'stable.example.com', kind: 'CronTab', version: 'v1' }]);
  const { json: v2 } = await server.call('/openapi/v2');
  assert.ok('com.example.stable.v1.CronTabList' in v2.definitions);
  assert.ok('/apis/stable.example.com/v1/namespaces/{namespace}/crontabs/{name}/scale' in v2.paths);
});

test('objects are pruned, defaulted and stored under their group', async () => {
  const body = tab('first', { cronSpec: '* * * * */5', color: 'red', any: { kept: 1 }, port: 'http' });
  const { code, json, headers } = await server.call(tabs, { method: 'POST', body });
  assert.equal(code, 201);
  assert.deepEqual(json.spec, { cronSpec: '* * * * */5', any: { kept: 1 }, port: 'http', replicas: 1, suspend: false });
  assert.equal(headers['warning'], '299 - "unknown field \\"spec.color\\""');
  assert.equal(json.metadata.generation, 1);
  const { kvs } = await server.registries.store.range({
    key: Buffer.from('/registry/stable.example.com/crontabs/default/first'),
  });
  assert.equal(kvs.length, 1);
  const strategic = { 'content-type': 'application/strategic-merge-patch+json' };
  assert.equal((await server.call(`${tabs}/first`, { method: 'PATCH', headers: strategic, body: '{}' })).code, 415);
  const strict = await server.call(`${tabs}?fieldValidation=Strict`, {
    method: 'POST',
    body: { ...body, metadata: { name: 'x' } },
  });
  assert.equal(strict.code, 400);
  assert.match(strict.json.message, /strict decoding error: unknown field "spec.color"/);
});

const unchecked =
  '<nil>: Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation';

test('what the schema forbids is told in the words of Kubernetes', async () => {
  const refused = async (spec: Loose) => {
    const { code, json } = await server.call(tabs, { method: 'POST', body: tab('bad', spec) });
    assert.equal(code, 422, JSON.stringify(json));
    return json.message.replace('CronTab.stable.example.com "bad" is invalid: ', '');
  };
  for (const [spec, message] of [
    [
      { cronSpec: '* * * * *', replicas: 0 },
      'spec.replicas: Invalid value: 0: spec.replicas in body should be greater than or equal to 1',
    ],
    [{ replicas: 2 }, `[spec.cronSpec: Required value, ${unchecked}]`],
    [{ cronSpec: '* * * * *', replicas: 7, suspend: true }, 'spec: Invalid value: a suspended tab has at most five replicas'],
    [
      { cronSpec: 'x' },
      `spec.cronSpec: Invalid value: "x": spec.cronSpec in body should match '^(\\d+|\\*)(/\\d+)?(\\s+(\\d+|\\*)(/\\d+)?){4}$'`,
    ],
    [
      { cronSpec: '* * * * *', replicas: 'two' },
      '[spec.replicas: Invalid value: "string": spec.replicas in body must be of type integer: "string", ' +
        `.spec.replicas: Invalid value: 0: .spec.replicas accessor error: two is of the type string, expected int64, ${unchecked}]`,
    ],
    [
      { cronSpec: '* * * * *', policy: 'Never' },
      `[spec.policy: Unsupported value: "Never": supported values: "Allow", "Forbid", ${unchecked}]`,
    ],
    [
      { cronSpec: '* * * * *', at: 'soon' },
      `[spec.at: Invalid value: "soon": spec.at in body must be of type date-time: "soon", ${unchecked}]`,
    ],
    [{ cronSpec: '* * * * *', hosts: ['a', 'b', 'a'] }, 'spec.hosts[2]: Duplicate value: "a"'],
    [{ cronSpec: '* * * * *', ports: [{ name: 'a' }, { name: 'a', number: 1 }] }, 'spec.ports[1]: Duplicate value: {"name":"a"}'],
  ]) {
    assert.equal(await refused(spec), message);
  }
});

test('status and scale are paths of their own; generation counts changes of the rest', async () => {
  await server.call(tabs, { method: 'POST', body: tab('scaled', { cronSpec: '* * * * *' }, { status: { replicas: 9 } }) });
  const read = async () => (await server.call(`${tabs}/scaled`)).json;
  assert.equal((await read()).status, undefined);
  const status = { status: { replicas: 3, labelSelector: 'app=x' }, spec: { replicas: 7 } };
  await server.call(`${tabs}/scaled/status`, { method: 'PATCH', headers: merge, body: JSON.stringify(status) });
  const after = await read();
  assert.deepEqual([after.status.replicas, after.spec.replicas, after.metadata.generation], [3, 1, 1]);
  const { json: scale } = await server.call(`${tabs}/scaled/scale`);
  assert.deepEqual([scale.spec, scale.status], [{ replicas: 1 }, { replicas: 3, selector: 'app=x' }]);
  const wanted = JSON.stringify({ spec: { replicas: 5 } });
  await server.call(`${tabs}/scaled/scale`, { method: 'PATCH', headers: merge, body: wanted });
  const scaled = await read();
  assert.deepEqual([scaled.spec.replicas, scaled.metadata.generation], [5, 2]);
});

test('columns, selectable fields and the age that stands in for missing columns', async () => {
  const table = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' };
  const { json } = await server.call(`${tabs}/scaled`, { headers: table });
  assert.deepEqual(
    json.columnDefinitions.map(({ name, type }: Loose) => `${name} ${type}`),
    ['Name string', 'Spec string', 'Replicas integer', 'Age date'],
  );
  assert.deepEqual(json.rows[0].cells.slice(0, 3), ['scaled', '* * * * *', 5]);
  const { json: found } = await server.call(`${tabs}?fieldSelector=spec.replicas%3D5`);
  assert.deepEqual(
    found.items.map(({ metadata }: Loose) => metadata.name),
    ['scaled'],
  );
});

test('a stricter schema does not stand in the way of changes elsewhere', async () => {
  const { json: crd } = await server.call(`${crds}/crontabs.stable.example.com`);
  const { spec } = crd.spec.versions[0].schema.openAPIV3Schema.properties;
  spec.properties.replicas.maximum = 3;
  assert.equal((await server.call(`${crds}/${crd.metadata.name}`, { method: 'PUT', body: crd })).code, 200);
  const change = (body: Loose) => server.call(`${tabs}/scaled`, { method: 'PATCH', headers: merge, body: JSON.stringify(body) });
  await until(async () => (await change({ spec: { replicas: 6 } })).code === 422);
  assert.equal((await change({ spec: { policy: 'Allow' } })).code, 200);
});

test('custom resources are applied as their schema says; a strategic merge has nothing to go by', async () => {
  const applied = (manager: string, spec: Loose, query = '') =>
    server.call(`${tabs}/applied?fieldManager=${manager}${query}`, {
      method: 'PATCH',
      body: JSON.stringify(tab('applied', spec)),
      headers: { 'content-type': 'application/apply-patch+yaml' },
    });
  const port = (name: string, number: number) => ({ name, number });
  assert.equal((await applied('one', { cronSpec: '* * * * *', hosts: ['a'], ports: [port('a', 1)] })).code, 201);
  const { json: both } = await applied('two', { hosts: ['b'], ports: [port('b', 2)], any: { x: { y: 1 } } });
  assert.deepEqual([both.spec.hosts, both.spec.ports.length, both.spec.any], [['a', 'b'], 2, { x: { y: 1 } }]);
  const conflict = await applied('two', { ports: [port('a', 5)] });
  assert.equal(conflict.json.message, 'Apply failed with 1 conflict: conflict with "one": .spec.ports[name="a"].number');
  const { json: left } = await applied('two', {});
  assert.deepEqual([left.spec.hosts, left.spec.ports, left.spec.any], [['a'], [port('a', 1)], undefined]);
  const unknown = await applied('two', { colour: 'red' });
  assert.match(unknown.json.message, /\.spec\.colour: field not declared in schema$/);
  const headers = { 'content-type': 'application/strategic-merge-patch+json' };
  const strategic = await server.call(`${tabs}/applied`, { method: 'PATCH', body: '{}', headers });
  assert.deepEqual(
    [strategic.code, strategic.json.message],
    [
      415,
      'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml',
    ],
  );
});

test('deleting a definition deletes its objects, and what they were served under', async () => {
  const deleted = await server.call(`${crds}/crontabs.stable.example.com`, { method: 'DELETE' });
  assert.deepEqual(deleted.json.metadata.finalizers, ['customresourcecleanup.apiextensions.k8s.io']);
  const pending = deleted.json.status.conditions.find(({ type }: Loose) => type === 'Terminating');
  assert.equal(pending.reason, 'InstanceDeletionPending');
  await until(async () => (await server.call(`${crds}/crontabs.stable.example.com`)).code === 404);
  const prefix = Buffer.from('/registry/stable.example.com/');
  const { kvs } = await server.registries.store.range({ key: prefix, rangeEnd: Buffer.from('/registry/stable.example.com0') });
  assert.equal(kvs.length, 0);
  await until(async () => (await server.call(tabs)).code === 404);
  assert.equal((await server.call('/apis/stable.example.com')).code, 404);
});

test('a name that another definition has is refused until it is free', async () => {
  await establish(server, cronTabs());
  const rival = cronTabs({ plural: 'tabs', singular: 'tab', kind: 'CronTab', listKind: 'TabList' });
  await server.call(crds, { method: 'POST', body: rival });
  const conditions = async () => {
    const { json } = await server.call(`${crds}/tabs.stable.example.com`);
    return (json.status?.conditions ?? []).map(
      ({ type, status, reason, message }: Loose) => `${type} ${status} ${reason}: ${message}`,
    );
  };
  await until(async () => (await conditions()).length === 2);
  assert.deepEqual(await conditions(), [
    'NamesAccepted False KindConflict: "CronTab" is already in use',
    'Established False NotAccepted: not all names are accepted',
  ]);
  await server.call(`${crds}/crontabs.stable.example.com`, { method: 'DELETE' });
  await until(async () => (await conditions())[1]?.startsWith('Established True') === true);
});

test('a definition that is not structural, or not named as it must be, is refused', async () => {
  const refused = async (change: (crd: Loose) => void) => {
    const crd: Loose = cronTabs();
    change(crd);
    const { code, json } = await server.call(crds, { method: 'POST', body: crd });
    assert.equal(code, 422, JSON.stringify(json));
    return json.details.causes.map(({ field, message }: Loose) => `${field}: ${message}`);
  };
  const schema = (crd: Loose) => crd.spec.versions[0].schema.openAPIV3Schema;
  const at = 'spec.versions[0].schema.openAPIV3Schema';
  assert.deepEqual(await refused((crd) => (crd.metadata.name = 'other')), [
    'metadata.name: Invalid value: "other": must be spec.names.plural+"."+spec.group',
  ]);
  assert.deepEqual(await refused((crd) => delete schema(crd).properties.spec.properties.suspend.type), [
    `${at}.properties[spec].properties[suspend].type: Required value: must not be empty for specified object fields`,
  ]);
  assert.deepEqual(await refused((crd) => (schema(crd).properties.spec.properties.replicas.default = 0)), [
    `${at}.properties[spec].properties[replicas].default: Invalid value: 0:  in body should be greater than or equal to 1`,
  ]);
  const [broken] = await refused((crd) => {
    schema(crd).properties.spec['x-kubernetes-validations'] = [{ rule: 'self.replicas < ' }];
  });
  assert.match(broken, /properties\[spec\]\.x-kubernetes-validations\[0\]\.rule: Invalid value: .*compilation failed: ERROR/);
  assert.deepEqual(await refused((crd) => (crd.spec.versions[0].storage = false)).then((causes) => causes.length), 2);
});

test('rules that would be too dear are refused, but for those that are stored already', async () => {
  const dear = [{ rule: 'self.all(x, self.all(y, x == y))' }];
  const named = (): Loose => {
    const crd: Loose = cronTabs();
    crd.metadata.name = 'dears.stable.example.com';
    crd.spec.names = { plural: 'dears', kind: 'Dear' };
    return crd;
  };
  const spec = (crd: Loose) => crd.spec.versions[0].schema.openAPIV3Schema.properties.spec.properties;
  const crd = named();
  spec(crd).hosts['x-kubernetes-validations'] = dear;
  const refused = await server.call(crds, { method: 'POST', body: crd });
  assert.equal(refused.code, 422);
  assert.match(
    refused.json.message,
    /^CustomResourceDefinition\.apiextensions\.k8s\.io "dears\.stable\.example\.com" is invalid: \[spec\.versions\[0\]\.schema\.openAPIV3Schema\.properties\[spec\]\.properties\[hosts\]\.x-kubernetes-validations\[0\]\.rule: Forbidden: estimated rule cost exceeds budget by factor of more than 100x \(try /,
  );
  spec(crd).hosts.maxItems = 20;
  spec(crd).hosts.items = { type: 'string', maxLength: 63 };
  await establish(server, crd);

  const { store } = server.registries;
  const key = Buffer.from('/registry/apiextensions.k8s.io/customresourcedefinitions/dears.stable.example.com');
  const { kvs } = await store.range({ key });
  const stored = JSON.parse(Buffer.from(kvs[0]?.value ?? '').toString());
  Object.assign(spec(stored).hosts, { maxItems: 1000 });
  await store.put({ key, value: Buffer.from(JSON.stringify(stored)) });
  const path = `${crds}/dears.stable.example.com`;
  await until(async () => spec((await server.call(path)).json).hosts.maxItems === 1000);
  const patch = (body: Loose) => server.call(path, { method: 'PATCH', body, headers: merge });
  assert.equal((await patch({ metadata: { labels: { a: 'b' } } })).code, 200);
  const versions = structuredClone(stored.spec.versions);
  versions[0].schema.openAPIV3Schema.description = 'changed';
  const changed = await patch({ spec: { versions } });
  assert.equal(changed.code, 422);
  assert.match(changed.json.message, /estimated rule cost exceeds budget by factor of \d\.\dx/);
});
