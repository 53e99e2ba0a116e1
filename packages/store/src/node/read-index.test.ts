import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '@flotilla/base';
import { ReadIndexBatcher } from './read-index.js';

const limits = { pendingMax: 3, timeoutMs: 7_000, leaderWaitMs: 2_500, retryMs: 500 };

function setUp() {
  const clock = new ManualClock();
  const asked: number[] = [];
  const reads = new ReadIndexBatcher(clock, limits, 10, (context) => asked.push(context) > 0);
  const done: string[] = [];
  const read = (name: string) => reads.read().then(() => void done.push(name));
  return { clock, asked, reads, done, read };
}

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

test('reads that come while one is under way share the next request, and wait for what was committed', async () => {
  const { asked, reads, done, read } = setUp();
  read('a');
  read('b');
  read('c');
  assert.deepEqual(asked, [1]);
  reads.confirmed(1, 10);
  await settled();
  assert.deepEqual(done, ['a']);
  assert.deepEqual(asked, [1, 2]);
  reads.confirmed(2, 12);
  await settled();
  assert.deepEqual(done, ['a'], 'not applied here yet');
  reads.applied(12);
  await settled();
  assert.deepEqual(done, ['a', 'b', 'c']);
});

test('a request that got lost is made again, and a late answer to it means nothing', async () => {
  const { clock, asked, reads, done, read } = setUp();
  reads.leaderChanged(true);
  read('a');
  clock.advance(500);
  assert.deepEqual(asked, [1, 2]);
  reads.confirmed(1, 10);
  await settled();
  assert.deepEqual(done, []);
  reads.leaderChanged(true);
  assert.deepEqual(asked, [1, 2, 3]);
  reads.confirmed(3, 10);
  await settled();
  assert.deepEqual(done, ['a']);
});

test('without a leader reads are refused, and nothing stays behind', async () => {
  const { clock, reads } = setUp();
  const refused = assert.rejects(reads.read(), { code: 'unavailable', message: 'etcdserver: no leader' });
  clock.advance(3_100);
  await refused;
  reads.leaderChanged(true);
  const timedOut = assert.rejects(reads.read(), { code: 'unavailable', message: 'etcdserver: request timed out' });
  clock.advance(8_000);
  await timedOut;
  assert.equal(clock.pending, 0);
});
