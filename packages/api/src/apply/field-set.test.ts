import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { difference, equalSets, exclude, type FieldSet, intersection, isEmptySet, pathsOf, setOf, union } from './field-set.js';
import { parseFieldSet } from './parse-field-set.js';

/** Few names, so that sets overlap and paths lie above each other. */
const path = fc.array(fc.constantFrom('f:a', 'f:b', 'k:{"n":1}'), { minLength: 1, maxLength: 4 });
const set = fc.array(path, { maxLength: 6 }).map((paths) => setOf(...paths));

/** The oracle: a set of paths is a set of texts. */
function modelOf(fields: FieldSet): Set<string> {
  return new Set([...pathsOf(fields)].map((elements) => elements.join('/')));
}

const texts = (model: Iterable<string>) => [...model].sort();

test('sets of fields behave like sets of paths', () => {
  fc.assert(
    fc.property(set, set, (a, b) => {
      const [inA, inB] = [modelOf(a), modelOf(b)];
      const isBelow = (text: string) => [...inB].some((above) => text === above || text.startsWith(`${above}/`));
      assert.deepEqual(texts(modelOf(union(a, b))), texts(new Set([...inA, ...inB])));
      assert.deepEqual(texts(modelOf(difference(a, b))), texts([...inA].filter((text) => !inB.has(text))));
      assert.deepEqual(texts(modelOf(intersection(a, b))), texts([...inA].filter((text) => inB.has(text))));
      assert.deepEqual(texts(modelOf(exclude(a, b))), texts([...inA].filter((text) => !isBelow(text))));
      assert.equal(equalSets(a, b), texts(inA).join() === texts(inB).join());
    }),
  );
});

test('sets are shared where nothing changes, and never changed', () => {
  fc.assert(
    fc.property(set, set, (a, b) => {
      const before = JSON.stringify([a, b]);
      const all = union(a, b);
      assert.equal(union(all, b), all);
      assert.equal(union(all, a), all);
      assert.equal(isEmptySet(difference(a, all)), true);
      const apart = difference(a, b);
      assert.equal(difference(apart, b), apart);
      assert.equal(JSON.stringify([a, b]), before);
    }),
  );
});

test('what is written can be read again', () => {
  fc.assert(fc.property(set, (a) => assert.deepEqual(parseFieldSet(JSON.parse(JSON.stringify(a))), a)));
});

const wire: readonly (readonly [string, unknown, unknown])[] = [
  ['keys in canonical order', { 'f:a': { 'k:{"b": 1, "a": "x"}': { '.': {} } } }, { 'f:a': { 'k:{"a":"x","b":1}': {} } }],
  ['values and indexes', { 'f:a': { 'v: "x"': {}, 'i:3': {} } }, { 'f:a': { 'v:"x"': {}, 'i:3': {} } }],
  ['elements of a type that is not known', { 'f:a': {}, 'z:b': {} }, { 'f:a': {} }],
  ['nothing', {}, {}],
  ['a list', [], undefined],
  ['no object below', { 'f:a': 1 }, undefined],
  ['a key that is no JSON', { 'k:{': {} }, undefined],
  ['an element without a type', { a: {} }, undefined],
  ['an index that is no number', { 'i:x': {} }, undefined],
];

for (const [name, input, expected] of wire) {
  test(`FieldsV1 of a client: ${name}`, () => assert.deepEqual(parseFieldSet(input), expected));
}
