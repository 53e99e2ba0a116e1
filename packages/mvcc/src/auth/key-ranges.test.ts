import assert from 'node:assert/strict';
import test from 'node:test';
import { binaryBytes, keySpan } from '../bytes.js';
import { KeyRanges } from './key-ranges.js';

type Range = readonly [key: string, end?: string];

const everything: Range = ['\0', '\0'];
const spanOf = ([key, end]: Range) => keySpan(binaryBytes(key), end === undefined ? undefined : binaryBytes(end));
const rangesOf = (granted: readonly Range[]) =>
  new KeyRanges(
    granted.map(([key, end]) => ({
      type: 'read',
      key: binaryBytes(key),
      ...(end !== undefined && { rangeEnd: binaryBytes(end) }),
    })),
  );

const cases: readonly { granted: readonly Range[]; covered: readonly Range[]; not: readonly Range[] }[] = [
  { granted: [], covered: [], not: [['a'], everything] },
  { granted: [['a']], covered: [['a'], ['a', 'a\0']], not: [['a\0'], ['a', 'b'], ['`'], ['a', '\0'], everything] },
  {
    granted: [['b', 'd']],
    covered: [['b'], ['c', 'd'], ['b', 'd']],
    not: [['a'], ['d'], ['a', 'c'], ['c', 'e'], ['z', 'a'], ['b', '\0']],
  },
  { granted: [['b', '\0']], covered: [['b'], ['z', '\0'], ['b', 'c']], not: [['a'], ['a', 'c'], everything] },
  { granted: [everything], covered: [['a'], ['\xff'], everything], not: [] },
  // Side by side, overlapping, one within the other, out of order.
  {
    granted: [
      ['c', 'd'],
      ['a', 'c'],
    ],
    covered: [
      ['a', 'd'],
      ['b', 'd'],
    ],
    not: [['a', 'e']],
  },
  {
    granted: [
      ['a', 'c'],
      ['b', 'e'],
      ['c', 'd'],
    ],
    covered: [['a', 'e']],
    not: [['a', 'f']],
  },
  {
    granted: [
      ['a', 'z'],
      ['b', 'c'],
      ['y', '\0'],
    ],
    covered: [
      ['c', '\0'],
      ['a', 'z'],
    ],
    not: [everything],
  },
  { granted: [['a'], ['a\0', 'c']], covered: [['a', 'c']], not: [['a', 'd']] },
  // A gap of one key.
  {
    granted: [
      ['a', 'b'],
      ['b\0', 'c'],
    ],
    covered: [
      ['a', 'b'],
      ['b\0', 'c'],
    ],
    not: [['b'], ['a', 'c']],
  },
];

for (const { granted, covered, not } of cases) {
  test(`permissions on ${JSON.stringify(granted)}`, () => {
    const ranges = rangesOf(granted);
    for (const range of covered) assert.equal(ranges.covers(spanOf(range)), true, JSON.stringify(range));
    for (const range of not) assert.equal(ranges.covers(spanOf(range)), false, JSON.stringify(range));
  });
}
