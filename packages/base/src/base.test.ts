import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BoundedQueue, backoffMs, ManualClock, pick, randomSuffix, seededRandom, sleep } from './index.js';

test('a bounded queue keeps order across growth and wrap-around, and refuses overflow', () => {
  const queue = new BoundedQueue<number>(40);
  for (let i = 0; i < 10; i++) queue.push(i);
  for (let i = 0; i < 5; i++) assert.equal(queue.shift(), i);
  for (let i = 10; i < 45; i++) assert.equal(queue.push(i), true);
  assert.equal(queue.push(99), false);
  assert.deepEqual(
    queue.drain(),
    Array.from({ length: 40 }, (_, i) => i + 5),
  );
  assert.equal(queue.shift(), undefined);
});

test('backoff doubles, stays within its limits and has jitter', () => {
  const limits = { baseMs: 100, maxMs: 1_000 };
  const low = { next: () => 0 };
  const high = { next: () => 0.999_999 };
  for (const [failures, from, to] of [
    [1, 50, 100],
    [2, 100, 200],
    [3, 200, 400],
    [9, 500, 1_000],
    [5_000, 500, 1_000],
  ] as const) {
    assert.equal(backoffMs(failures, limits, low), from);
    assert.ok(Math.abs(backoffMs(failures, limits, high) - to) < 1);
  }
});

test('a seed is a history', () => {
  const draw = (seed: number) => {
    const random = seededRandom(seed);
    return Array.from({ length: 8 }, () => pick(random, ['a', 'b', 'c', 'd']));
  };
  assert.deepEqual(draw(7), draw(7));
  assert.notDeepEqual(draw(7), draw(8));
  assert.match(randomSuffix(seededRandom(1), 5), /^[bcdfghjklmnpqrstvwxz2456789]{5}$/);
});

test('a manual clock runs timers at their instants, in order, and forgets cancelled ones', async () => {
  const clock = new ManualClock();
  const seen: string[] = [];
  clock.after(20, () => seen.push(`b@${clock.monotonicMs()}`));
  clock.after(10, () => {
    seen.push(`a@${clock.monotonicMs()}`);
    clock.after(5, () => seen.push(`nested@${clock.monotonicMs()}`));
  });
  const cancel = clock.after(15, () => seen.push('never'));
  cancel();
  clock.advance(30);
  assert.deepEqual(seen, ['a@10', 'nested@15', 'b@20']);
  assert.equal(clock.pending, 0);

  const aborted = new AbortController();
  const sleeping = sleep(clock, 100, aborted.signal);
  aborted.abort(new Error('stop'));
  await assert.rejects(sleeping, /stop/);
  assert.equal(clock.pending, 0);
});
