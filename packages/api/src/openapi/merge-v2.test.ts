import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mergeOpenApiV2 } from './merge-v2.js';

const gvkMember = 'x-kubernetes-group-version-kind';
const ref = (name: string) => ({ $ref: `#/definitions/${name}` });
const get = (name: string) => ({ get: { responses: { 200: { schema: ref(name) } } } });
const kind = (group: string) => ({ group, version: 'v1', kind: 'DeleteOptions' });

const own = {
  swagger: '2.0',
  info: { title: 'Kubernetes', version: 'v1' },
  paths: { '/api/v1/pods': get('Pod') },
  definitions: {
    Pod: { type: 'object', properties: { metadata: ref('Meta') } },
    Meta: { type: 'object', description: 'ours' },
    Options: { type: 'object', [gvkMember]: [kind('batch')] },
  },
};
const gv = { group: 'metrics.example.com', version: 'v1' };
const path = '/apis/metrics.example.com/v1/pods';

test('paths of the group version come with the definitions that they need, and no others', () => {
  const document = {
    swagger: '2.0',
    info: { title: 'other', version: 'v2' },
    paths: {
      [path]: get('Usage'),
      '/apis/metrics.example.com/v1beta1/pods': get('Old'),
      '/apis/apps/v1/deployments': get('Stolen'),
      '/version': get('Version'),
    },
    definitions: {
      Usage: { properties: { window: { type: 'array', items: ref('Window') } } },
      Window: { type: 'string' },
      Old: { type: 'object' },
      Stolen: {},
      Version: {},
      Unused: { type: 'object' },
    },
  };
  const merged = mergeOpenApiV2(own, [{ ...gv, document }]);
  assert.deepEqual(Object.keys(merged['paths'] as object), ['/api/v1/pods', path]);
  assert.deepEqual(Object.keys(merged['definitions'] as object), ['Pod', 'Meta', 'Options', 'Usage', 'Window', 'Unused']);
  assert.deepEqual(merged['info'], own.info);
});

test('another definition of a known name gets a name of its own, and references follow', () => {
  const document = {
    paths: { [path]: get('Usage') },
    definitions: {
      Usage: { properties: { metadata: ref('Meta'), pod: ref('Pod') } },
      Meta: { type: 'object', description: 'theirs' },
      Pod: { type: 'object', properties: { metadata: ref('Meta') } },
    },
  };
  const merged = mergeOpenApiV2(own, [{ ...gv, document }]);
  assert.deepEqual(merged['definitions'], {
    ...own.definitions,
    Usage: { properties: { metadata: ref('Meta_v2'), pod: ref('Pod') } },
    Meta_v2: { type: 'object', description: 'theirs' },
  });
});

test('what two extensions say alike is there once; a third with something else is counted on', () => {
  const extension = (version: string, description: string) => ({
    group: gv.group,
    version,
    document: {
      paths: { [`/apis/${gv.group}/${version}/pods`]: get('Meta') },
      definitions: { Meta: { type: 'object', description } },
    },
  });
  const merged = mergeOpenApiV2(own, [extension('v1', 'theirs'), extension('v2', 'theirs'), extension('v3', 'new')]);
  assert.deepEqual(Object.keys(merged['definitions'] as object), ['Pod', 'Meta', 'Options', 'Meta_v2', 'Meta_v3']);
  const paths = merged['paths'] as Record<string, unknown>;
  assert.deepEqual(paths[`/apis/${gv.group}/v2/pods`], get('Meta_v2'));
  assert.deepEqual(paths[`/apis/${gv.group}/v3/pods`], get('Meta_v3'));
});

test('a definition that says of another kind that it is it too, is the same one', () => {
  const definition = { type: 'object', [gvkMember]: [kind('apps'), kind('batch'), kind('')] };
  const document = { paths: { [path]: get('Options') }, definitions: { Options: definition } };
  const merged = mergeOpenApiV2(own, [{ ...gv, document }]);
  assert.deepEqual((merged['definitions'] as Record<string, unknown>)['Options'], {
    type: 'object',
    [gvkMember]: [kind(''), kind('apps'), kind('batch')],
  });
  assert.deepEqual(own.definitions.Options[gvkMember], [kind('batch')], 'what is merged is not changed');
});

test('parameters that are shared are renamed as well', () => {
  const shared = (name: string) => ({ $ref: `#/parameters/${name}` });
  const document = (description: string) => ({
    paths: { [path]: { get: {}, parameters: [shared('limit')] } },
    parameters: { limit: { name: 'limit', in: 'query', description } },
  });
  const first = mergeOpenApiV2(own, [{ ...gv, document: document('one') }]);
  assert.deepEqual(Object.keys(first['parameters'] as object), ['limit']);
  const other = { paths: { '/apis/b/v1/x': { parameters: [shared('limit')] } }, parameters: document('two').parameters };
  const second = mergeOpenApiV2(first, [{ group: 'b', version: 'v1', document: other }]);
  assert.deepEqual(Object.keys(second['parameters'] as object).sort(), ['limit', 'limit_v2']);
  assert.deepEqual((second['paths'] as Record<string, unknown>)['/apis/b/v1/x'], { parameters: [shared('limit_v2')] });
});

test('of one path that two serve, the first one’s stays; what is no document changes nothing', () => {
  const document = { paths: { [path]: get('Pod') }, definitions: { Pod: {} } };
  const first = mergeOpenApiV2(own, [{ ...gv, document }]);
  assert.deepEqual(mergeOpenApiV2(first, [{ ...gv, document: { paths: { [path]: {} } } }]), first);
  for (const broken of [undefined, null, 'x', [], {}, { paths: 5 }, { paths: { [path]: null }, definitions: [] }]) {
    const merged = mergeOpenApiV2(own, [{ ...gv, document: broken }]);
    assert.deepEqual(merged['definitions'], own.definitions);
  }
  const named = JSON.parse(
    '{"paths":{"/apis/metrics.example.com/v1/a":{"$ref":"#/definitions/__proto__"}},"definitions":{"__proto__":{"x":1}}}',
  );
  const merged = mergeOpenApiV2(own, [{ ...gv, document: named }]);
  assert.deepEqual(Object.keys(merged['definitions'] as object), ['Pod', 'Meta', 'Options', '__proto__']);
});
