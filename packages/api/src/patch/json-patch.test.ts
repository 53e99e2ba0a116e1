import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { StatusError } from '../errors/status-error.js';
import { jsonMergePatch } from './json-merge-patch.js';
import { jsonPatch } from './json-patch.js';

test('JSON patch applies all operations or none, and leaves its input alone', () => {
  const target = { spec: { replicas: 1, list: [1, 2] }, metadata: { labels: { a: 'b' } } };
  const before = structuredClone(target);
  const result = jsonPatch(target, [
    { op: 'test', path: '/spec/replicas', value: 1 },
    { op: 'replace', path: '/spec/replicas', value: 3 },
    { op: 'add', path: '/spec/list/1', value: 9 },
    { op: 'add', path: '/spec/list/-', value: 8 },
    { op: 'add', path: '/metadata/labels/x~1y~0z', value: 'v' },
    { op: 'move', from: '/metadata/labels/a', path: '/metadata/labels/c' },
    { op: 'copy', from: '/spec/replicas', path: '/spec/old' },
    { op: 'remove', path: '/spec/list/0' },
  ]);
  assert.deepEqual(result, { spec: { replicas: 3, old: 3, list: [9, 2, 8] }, metadata: { labels: { 'x/y~z': 'v', c: 'b' } } });
  assert.deepEqual(target, before);
});

const rejection = /^the server rejected our request due to an error in our request$/;

const badPatches: readonly [string, unknown, number, RegExp][] = [
  [
    'no list',
    { op: 'add' },
    400,
    /^error decoding patch: json: cannot unmarshal object into Go value of type \[\]handlers\.jsonPatchOp$/,
  ],
  ['no operation', [3], 400, /^error decoding patch: json: cannot unmarshal number into Go value of type handlers\.jsonPatchOp$/],
  [
    'a path that is no text',
    [{ op: 'remove', path: true }],
    400,
    /^error decoding patch: json: cannot unmarshal bool into Go struct field jsonPatchOp\.path of type string$/,
  ],
  ['unknown operation', [{ op: 'explode', path: '/a' }], 422, rejection],
  ['no pointer', [{ op: 'remove', path: 'a' }], 422, rejection],
  ['no source', [{ op: 'move', path: '/a' }], 422, rejection],
  ['no value', [{ op: 'add', path: '/a' }], 422, rejection],
  ['failed test', [{ op: 'test', path: '/a', value: 2 }], 422, rejection],
  ['missing path', [{ op: 'remove', path: '/b' }], 422, rejection],
  ['to remove what every object inherits', [{ op: 'remove', path: '/toString' }], 422, rejection],
  ['a path through a prototype', [{ op: 'add', path: '/__proto__/a', value: 1 }], 422, rejection],
  ['to copy what every object inherits', [{ op: 'copy', from: '/constructor', path: '/b' }], 422, rejection],
  ['to replace the end of a list', [{ op: 'replace', path: '/list/-', value: 1 }], 422, rejection],
  ['an index beyond the end', [{ op: 'add', path: '/list/4294967295', value: 1 }], 422, rejection],
  ['an index with leading zeros', [{ op: 'remove', path: '/list/01' }], 422, rejection],
  ['to move a value into itself', [{ op: 'move', from: '/list', path: '/list/0' }], 422, rejection],
  ['copies that double', Array.from({ length: 60 }, (_, i) => ({ op: 'copy', from: '', path: `/x${i}` })), 422, rejection],
  ['what nests too deep', deeper(600), 422, rejection],
  ['too many', new Array(10_001).fill({ op: 'test', path: '/a', value: 1 }), 413, /maximum operations/],
];

for (const [name, patch, code, message] of badPatches) {
  test(`JSON patch refuses ${name}`, () => {
    assert.throws(
      () => jsonPatch({ a: 1, list: [1, 2] }, patch),
      (error) => error instanceof StatusError && error.code === code && message.test(error.message),
    );
  });
}

/** Each operation is short, and makes the document one level deeper. */
function deeper(levels: number): readonly object[] {
  const start = { op: 'add', path: '/b', value: 1 };
  const step = (i: number) =>
    i % 2 === 0
      ? [
          { op: 'add', path: '/c', value: {} },
          { op: 'move', from: '/b', path: '/c/x' },
        ]
      : [{ op: 'move', from: '/c', path: '/b' }];
  return [start, ...Array.from({ length: 2 * levels }, (_, i) => step(i)).flat()];
}

test('JSON patch knows no special names', () => {
  const result = jsonPatch({ data: {} }, [
    { op: 'add', path: '/data/__proto__', value: 'x' },
    { op: 'add', path: '/data/constructor', value: {} },
    { op: 'add', path: '/data/constructor/prototype', value: 'y' },
    { op: 'test', path: '/data/__proto__', value: 'x' },
  ]);
  assert.equal(JSON.stringify(result), '{"data":{"__proto__":"x","constructor":{"prototype":"y"}}}');
});

test('negative indices of JSON patch count from the end', () => {
  const patched = (...operations: readonly object[]) => jsonPatch({ list: [1, 2, 3] }, operations);
  assert.deepEqual(patched({ op: 'replace', path: '/list/-1', value: 9 }), { list: [1, 2, 9] });
  assert.deepEqual(patched({ op: 'remove', path: '/list/-3' }), { list: [2, 3] });
  assert.deepEqual(patched({ op: 'add', path: '/list/-1', value: 9 }), { list: [1, 2, 3, 9] });
  assert.throws(() => patched({ op: 'remove', path: '/list/-4' }));
});

test('JSON patch replaces the document itself', () => {
  assert.deepEqual(jsonPatch({ a: 1 }, [{ op: 'replace', path: '', value: { b: 2 } }]), { b: 2 });
  assert.deepEqual(jsonPatch({ a: { b: 2 } }, [{ op: 'move', from: '/a', path: '' }]), { b: 2 });
});

/** The examples of RFC 7386, appendix A. */
const mergeExamples: readonly [unknown, unknown, unknown][] = [
  [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
  [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
  [{ a: 'b' }, { a: null }, {}],
  [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
  [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
  [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
  [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
  [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
  [
    ['a', 'b'],
    ['c', 'd'],
    ['c', 'd'],
  ],
  [{ a: 'b' }, ['c'], ['c']],
  [{ a: 'foo' }, null, null],
  [{ a: 'foo' }, 'bar', 'bar'],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [[1, 2], { a: 'b', c: null }, { a: 'b' }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
];

for (const [target, patch, wanted] of mergeExamples) {
  test(`merge patch ${JSON.stringify(patch)} on ${JSON.stringify(target)}`, () => {
    assert.deepEqual(jsonMergePatch(target, patch), wanted);
  });
}

test('a merge patch applied twice changes nothing the second time, and never its arguments', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (target, patch) => {
      const copies = [structuredClone(target), structuredClone(patch)];
      const once = jsonMergePatch(target, patch);
      assert.deepEqual(jsonMergePatch(once, patch), once);
      assert.deepEqual([target, patch], copies);
    }),
  );
});
