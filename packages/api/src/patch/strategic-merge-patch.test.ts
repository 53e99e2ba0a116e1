import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { StatusError } from '../errors/status-error.js';
import { inElementOrder } from './element-order.js';
import { strategicMergePatch } from './strategic-merge-patch.js';

const containers = (...list: readonly object[]) => ({ spec: { containers: list } });
const a = { name: 'a', image: 'a:1', env: [{ name: 'X', value: '1' }] };
const b = { name: 'b', image: 'b:1' };

const examples: readonly [string, object, object, object][] = [
  [
    'merges list items by key',
    containers(a, b),
    containers({ name: 'b', image: 'b:2' }),
    containers(a, { name: 'b', image: 'b:2' }),
  ],
  ['puts unknown items first: nothing places them after others', containers(a), containers(b), containers(b, a)],
  ['brings items into the order of the patch', containers(a, b), containers({ name: 'b' }, { name: 'a' }), containers(b, a)],
  [
    'merges lists within items',
    containers(a),
    containers({ name: 'a', env: [{ name: 'Y', value: '2' }] }),
    containers({ ...a, env: [{ name: 'Y', value: '2' }, ...a.env] }),
  ],
  ['removes null members of items', containers(a), containers({ name: 'a', env: null }), containers({ name: 'a', image: 'a:1' })],
  ['deletes items', containers(a, b), containers({ name: 'a', $patch: 'delete' }), containers(b)],
  ['replaces a whole list', containers(a, b), containers({ $patch: 'replace' }, { name: 'c' }), containers({ name: 'c' })],
  [
    'replaces lists without a key',
    { spec: { tolerations: [{ key: 'a' }] } },
    { spec: { tolerations: [{ key: 'b' }] } },
    { spec: { tolerations: [{ key: 'b' }] } },
  ],
  [
    'replaces a map',
    { metadata: { labels: { a: '1', b: '2' } } },
    { metadata: { labels: { $patch: 'replace', c: '3' } } },
    { metadata: { labels: { c: '3' } } },
  ],
  [
    'empties a map',
    { metadata: { labels: { a: '1' } } },
    { metadata: { labels: { $patch: 'delete' } } },
    { metadata: { labels: {} } },
  ],
  [
    'unites lists of scalars',
    { metadata: { finalizers: ['a', 'b'] } },
    { metadata: { finalizers: ['b', 'c'] } },
    { metadata: { finalizers: ['a', 'b', 'c'] } },
  ],
  [
    'deletes from lists of scalars',
    { metadata: { finalizers: ['a', 'b', 'c'] } },
    { metadata: { '$deleteFromPrimitiveList/finalizers': ['a', 'c'] } },
    { metadata: { finalizers: ['b'] } },
  ],
  [
    'orders lists of scalars',
    { metadata: { finalizers: ['a', 'b'] } },
    { metadata: { finalizers: ['c'], '$setElementOrder/finalizers': ['c', 'b', 'a'] } },
    { metadata: { finalizers: ['c', 'b', 'a'] } },
  ],
  [
    'orders items, and keeps those of the server in their place',
    containers({ name: 'sidecar' }, { name: 'a' }, { name: 'b' }),
    { spec: { containers: [{ name: 'c' }], '$setElementOrder/containers': [{ name: 'c' }, { name: 'b' }, { name: 'a' }] } },
    containers({ name: 'c' }, { name: 'sidecar' }, { name: 'b' }, { name: 'a' }),
  ],
  [
    'reorders without a list of its own',
    containers({ name: 'a' }, { name: 'b' }),
    { spec: { '$setElementOrder/containers': [{ name: 'b' }, { name: 'a' }] } },
    containers({ name: 'b' }, { name: 'a' }),
  ],
  [
    'keeps one arm of a union',
    { spec: { volumes: [{ name: 'v', emptyDir: {} }] } },
    { spec: { volumes: [{ name: 'v', $retainKeys: ['name', 'hostPath'], hostPath: { path: '/x' } }] } },
    { spec: { volumes: [{ name: 'v', hostPath: { path: '/x' } }] } },
  ],
  [
    'drops the directives of what is new',
    {},
    containers({ name: 'a', env: [{ name: 'X', $patch: 'delete' }] }),
    containers({ name: 'a', env: [] }),
  ],
  ['drops nulls of what is new', {}, { metadata: { labels: { a: null, b: '1' } } }, { metadata: { labels: { b: '1' } } }],
  ['keeps nulls out of any depth', { spec: {} }, { spec: { affinity: { nodeAffinity: null } } }, { spec: { affinity: {} } }],
];

for (const [name, target, patch, wanted] of examples) {
  test(`strategic merge patch ${name}`, () => {
    const copies = structuredClone([target, patch]);
    assert.deepEqual(strategicMergePatch('Pod', target, patch), wanted);
    assert.deepEqual([target, patch], copies, 'the arguments are not changed');
  });
}

test('strategic merge patch keeps the rest of a deployment strategy out', () => {
  const target = { spec: { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } } };
  const patch = { spec: { strategy: { $retainKeys: ['type'], type: 'Recreate' } } };
  assert.deepEqual(strategicMergePatch('Deployment', target, patch), { spec: { strategy: { type: 'Recreate' } } });
});

const refused: readonly [string, object, RegExp][] = [
  ['an item without its key', containers({ image: 'x' }), /does not contain declared merge key: name/],
  ['an unknown directive', { metadata: { $patch: 'explode' } }, /Unknown patch type found: "explode"/],
  [
    'retained keys that leave out what it sets',
    { spec: { volumes: [{ name: 'v', $retainKeys: ['name'], emptyDir: {} }] } },
    /must contain all fields present/,
  ],
  [
    'an order that leaves out what it sets',
    { spec: { containers: [{ name: 'a' }], '$setElementOrder/containers': [{ name: 'b' }] } },
    /order in patch list/,
  ],
  [
    'to merge many items into one',
    containers(...Array.from({ length: 100 }, (_, i) => ({ name: 'a', env: [{ name: `e${i}` }] }))),
    /too many items with one merge key for containers/,
  ],
  ['a list of scalars where objects belong', { spec: { containers: ['a'] } }, /expected a list of objects/],
];

for (const [name, patch, message] of refused) {
  test(`strategic merge patch refuses ${name}`, () => {
    assert.throws(
      () => strategicMergePatch('Pod', {}, patch),
      (error) => error instanceof StatusError && error.reason === 'BadRequest' && message.test(error.message),
    );
  });
}

const plain = { noNullPrototype: true };
const container = fc.record({ name: fc.constantFrom('a', 'b', 'c', 'd'), image: fc.constantFrom('x', 'y') }, plain);
const labels = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('1', '2'), plain);
const pod = fc.record(
  {
    metadata: fc.record({ labels }, plain),
    spec: fc.record({ containers: fc.uniqueArray(container, { selector: ({ name }) => name }) }, plain),
  },
  plain,
);

test('a patch without directives is idempotent, and a pod is its own patch', () => {
  fc.assert(
    fc.property(pod, pod, (target, patch) => {
      const once = strategicMergePatch('Pod', target, patch);
      assert.deepEqual(strategicMergePatch('Pod', once, patch), once);
      assert.deepEqual(strategicMergePatch('Pod', target, target), target);
    }),
  );
});

test('ordering keeps every item, follows the order asked for, and keeps the server order of the others', () => {
  const names: fc.Arbitrary<string[]> = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'));
  fc.assert(
    fc.property(names, names, (before, order) => {
      const merged = [...before, ...order.filter((name) => !before.includes(name))];
      const result = inElementOrder(merged, before, order, (item) => item);
      assert.deepEqual([...result].sort(), [...merged].sort());
      assert.deepEqual(
        result.filter((name) => order.includes(String(name))),
        order,
      );
      assert.deepEqual(
        result.filter((name) => !order.includes(String(name))),
        before.filter((name) => !order.includes(name)),
      );
    }),
  );
});
