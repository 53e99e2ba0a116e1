import assert from 'node:assert/strict';
import test from 'node:test';
import { keySpan } from '@flotilla/mvcc';
import { RevisionIndex } from './revision-index.js';

const bytes = (text: string) => new Uint8Array(Buffer.from(text));
const a = keySpan(bytes('a'), undefined);
const fromB = keySpan(bytes('b'), bytes('d'));

test('knows which keys changed between two revisions', () => {
  const index = new RevisionIndex(5, 100);
  assert.deepEqual([index.from, index.position], [5, 4]);
  index.add(5, ['a']);
  index.add(6, ['c', 'x']);
  index.add(8, ['d']);
  assert.equal(index.position, 8);
  for (const [span, from, to, changed] of [
    [a, 5, 8, true],
    [a, 6, 8, false],
    [fromB, 5, 5, false],
    [fromB, 5, 6, true],
    [fromB, 7, 8, false],
  ] as const) {
    assert.equal(index.changed(span, from, to), changed, `${span.start} ${from}–${to}`);
  }
});

test('forgets whole revisions, and says from where on it is complete', () => {
  const index = new RevisionIndex(1, 4);
  const full = Array.from({ length: 4 }, (_, i) => index.add(i + 1, ['a', 'b']));
  assert.deepEqual(full, [false, false, false, true]);
  index.add(5, ['b', 'c', 'd']);
  index.drop(); // keeps four changes: one of revision 4, which is therefore not complete, and those of 5
  assert.deepEqual([index.from, index.position], [5, 5]);
  assert.equal(index.changed(a, 5, 5), false);
  assert.equal(index.changed(fromB, 5, 5), true);
});
