import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { StatusError } from '../errors/status-error.js';
import { equalJson } from '../json.js';
import type { KubernetesObject } from '../objects.js';
import { type Applied, applyConfig } from './apply-config.js';
import { compareObjects } from './compare.js';
import { equalSets, isEmptySet } from './field-set.js';
import { appliedFields } from './fields-of.js';
import type { Ownership } from './ownership.js';
import { structuralApplySchema } from './structural-apply-schema.js';

const text = { type: 'string' };
const schema = structuralApplySchema({
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      properties: {
        size: { type: 'integer' },
        labels: { type: 'object', additionalProperties: text },
        whole: { type: 'object', 'x-kubernetes-map-type': 'atomic', additionalProperties: text },
        tags: { type: 'array', 'x-kubernetes-list-type': 'set', items: text },
        list: { type: 'array', items: text },
        ports: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['port', 'protocol'],
          items: {
            type: 'object',
            properties: { port: { type: 'integer' }, protocol: { type: 'string', default: 'TCP' }, name: text },
          },
        },
      },
    },
  },
});

const ownership: Ownership = {
  apiVersion: 'example.com/v1',
  schema,
  subresource: '',
  reset: {},
  now: '2026-01-01T00:00:00Z',
  version: () => undefined,
};

const name = fc.constantFrom('a', 'b', 'c');
const values = fc.dictionary(name, name, { maxKeys: 3 });
const port = fc.record(
  { port: fc.integer({ min: 1, max: 2 }), protocol: fc.constantFrom('TCP', 'UDP'), name },
  { requiredKeys: ['port', 'protocol'] },
);
const spec = fc.record(
  {
    size: fc.integer({ min: 0, max: 2 }),
    labels: values,
    whole: values,
    // An empty list of items has no owner in structured-merge-diff: it can be applied, but never taken away.
    tags: fc.uniqueArray(name, { minLength: 1 }),
    list: fc.array(name, { maxLength: 2 }),
    ports: fc.uniqueArray(port, { minLength: 1, selector: (item) => `${item.port}/${item.protocol}` }),
  },
  { requiredKeys: [] },
);
const config = spec.map((value) => ({ apiVersion: 'example.com/v1', kind: 'Thing', metadata: { name: 'x' }, spec: value }));

const nothing = { apiVersion: 'example.com/v1', kind: 'Thing', metadata: { name: 'x' } };
const apply = (live: KubernetesObject, body: unknown, manager: string, force = true) =>
  stored(applyConfig(ownership, live, body, { manager, force }));

/** What would be stored, and read again: nulls are gone. */
function stored({ object, managedFields }: Applied): KubernetesObject {
  const text = JSON.stringify(
    { ...object, metadata: { ...(object['metadata'] as object), managedFields } },
    (_, value) => value ?? undefined,
  );
  return JSON.parse(text);
}

const ownedBy = (object: KubernetesObject, manager: string) =>
  object.metadata.managedFields?.find((entry) => entry.manager === manager)?.fieldsV1 ?? {};
const unowned = ({ metadata: { managedFields: _, ...metadata }, ...rest }: KubernetesObject) => ({ ...rest, metadata });

test('applying twice is applying once', () => {
  fc.assert(
    fc.property(config, config, (first, second) => {
      const once = apply(apply(nothing, first, 'one'), second, 'two');
      assert.deepEqual(apply(once, second, 'two'), once);
    }),
  );
});

test('after an apply the object holds the configuration, and the applier owns all of it', () => {
  fc.assert(
    fc.property(config, config, (before, wanted) => {
      const after = apply(apply(nothing, before, 'one'), wanted, 'two');
      const { modified, removed } = compareObjects(schema, wanted, after);
      const below = appliedFields(schema, wanted);
      assert.equal(isEmptySet(modified), true);
      assert.equal(isEmptySet(removed), true, JSON.stringify(removed));
      const { 'f:spec': owned = {} } = below;
      const { 'f:spec': has = {} } = ownedBy(after, 'two') as typeof below;
      assert.equal(equalSets(owned, has), true);
    }),
  );
});

test('who applies nothing any more leaves nothing of its own behind', () => {
  fc.assert(
    fc.property(config, config, (base, extra) => {
      const before = apply(nothing, base, 'one');
      let after: KubernetesObject;
      try {
        after = apply(before, extra, 'two', false);
      } catch (error) {
        assert.ok(error instanceof StatusError);
        return;
      }
      const cleared = apply(after, nothing, 'two');
      assert.equal(cleared.metadata.managedFields?.some((entry) => entry.manager === 'two') ?? false, false);
      const { modified, added } = compareObjects(schema, before, cleared);
      assert.equal(isEmptySet(modified), true);
      assert.equal(isEmptySet(added), true, JSON.stringify(added));
    }),
  );
});

test('without force, a conflict exists exactly where a value of somebody else would change', () => {
  fc.assert(
    fc.property(config, config, (first, second) => {
      const live = apply(nothing, first, 'one');
      const forced = apply(live, second, 'two');
      const taken = !equalJson(ownedBy(live, 'one'), ownedBy(forced, 'one'));
      const refused = (() => {
        try {
          apply(live, second, 'two', false);
          return false;
        } catch (error) {
          return error instanceof StatusError && error.code === 409;
        }
      })();
      assert.equal(refused, taken, JSON.stringify(unowned(live)));
    }),
  );
});

test('lists keep their order: the configuration decides, and what only the object has stays in between', () => {
  const cases: readonly (readonly [readonly string[], readonly string[], readonly string[]])[] = [
    [
      ['a', 'b'],
      ['b', 'a'],
      ['b', 'a'],
    ],
    [
      ['x', 'a'],
      ['b', 'a'],
      ['x', 'b', 'a'],
    ],
    [
      ['a', 'x'],
      ['b', 'a'],
      ['b', 'a', 'x'],
    ],
    [
      ['a', 'x', 'b'],
      ['b', 'c'],
      ['a', 'x', 'b', 'c'],
    ],
    [[], ['a'], ['a']],
  ];
  for (const [live, wanted, expected] of cases) {
    const object = apply({ ...nothing, spec: { tags: live } } as KubernetesObject, { ...nothing, spec: { tags: wanted } }, 'one');
    assert.deepEqual((object as KubernetesObject & { spec: { tags: unknown } }).spec.tags, expected);
  }
});

test('what differs one way differs the other way round', () => {
  fc.assert(
    fc.property(config, config, (a, b) => {
      const [there, back] = [compareObjects(schema, a, b), compareObjects(schema, b, a)];
      assert.equal(equalSets(there.added, back.removed), true);
      assert.equal(equalSets(there.removed, back.added), true);
      assert.equal(equalSets(there.modified, back.modified), true);
      assert.deepEqual(compareObjects(schema, a, structuredClone(a)), { added: {}, modified: {}, removed: {} });
    }),
  );
});

test('an item of which only the keys were owned, as a client may write it, stays one that can be told from others', () => {
  const fields = {
    'f:spec': { 'f:ports': { 'k:{"port":1,"protocol":"TCP"}': { 'f:port': {}, 'f:protocol': {} } } },
  };
  const owner = { manager: 'one', operation: 'Apply', apiVersion: 'example.com/v1', fieldsType: 'FieldsV1', fieldsV1: fields };
  const live = {
    ...nothing,
    metadata: { name: 'x', managedFields: [owner] },
    spec: { ports: [{ port: 1, protocol: 'TCP', name: 'a' }] },
  };
  const wanted = { ...nothing, spec: { ports: [{ port: 2, protocol: 'UDP' }] } };
  const ports = [
    { port: 1, protocol: 'TCP', name: 'a' },
    { port: 2, protocol: 'UDP' },
  ];
  assert.deepEqual(unowned(apply(live, wanted, 'one')), { ...nothing, spec: { ports } });
});
