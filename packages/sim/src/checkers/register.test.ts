import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLinearizable, type Operation } from './register.js';

const never = Number.POSITIVE_INFINITY;
const write = (value: string, calledMs: number, returnedMs: number): Operation => ({
  ...{ client: 1, key: 'k', kind: 'write', value, calledMs, returnedMs },
});
const read = (value: string | undefined, calledMs: number, returnedMs: number): Operation => ({
  ...{ client: 2, key: 'k', kind: 'read', value, calledMs, returnedMs },
});

const cases: readonly (readonly [string, readonly Operation[], boolean])[] = [
  ['a read after a write sees it', [write('a', 0, 1), read('a', 2, 3)], true],
  ['a read after a write misses it', [write('a', 0, 1), read(undefined, 2, 3)], false],
  ['a read during a write may miss it', [write('a', 0, 5), read(undefined, 2, 3)], true],
  ['a read during a write may see it', [write('a', 0, 5), read('a', 2, 3)], true],
  ['time does not go back between reads', [write('a', 0, 9), read('a', 1, 2), read(undefined, 3, 4)], false],
  ['the later of two writes stays', [write('a', 0, 1), write('b', 2, 3), read('a', 4, 5)], false],
  ['concurrent writes may come in either order', [write('a', 0, 9), write('b', 1, 8), read('b', 10, 11)], true],
  ['an unanswered write may happen late', [write('a', 0, never), read(undefined, 1, 2), read('a', 50, 51)], true],
  ['an unanswered write may never happen', [write('a', 0, never), read(undefined, 50, 51)], true],
  [
    'an unanswered write happens once',
    [write('a', 0, never), write('b', 1, 2), read('a', 3, 4), write('c', 5, 6), read('a', 7, 8)],
    false,
  ],
];

for (const [name, history, expected] of cases) {
  test(name, () => assert.equal(isLinearizable(history), expected));
}
