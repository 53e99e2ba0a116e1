import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock, seededRandom, silentLogger } from '@flotilla/base';
import { SyncLoop } from './sync-loop.js';

const settled = () => new Promise((resolve) => setImmediate(resolve));

function setUp(answers: (boolean | Error)[] = []) {
  const clock = new ManualClock();
  const runs: number[] = [];
  const loop = new SyncLoop(
    'test',
    async () => {
      runs.push(clock.monotonicMs());
      const answer = answers.shift() ?? true;
      if (answer instanceof Error) throw answer;
      return answer;
    },
    { clock, random: seededRandom(1), log: silentLogger },
  );
  const advance = async (ms: number) => {
    for (let step = 0; step < ms; step += 10) {
      clock.advance(10);
      await settled();
    }
  };
  return { clock, loop, runs, advance };
}

test('the first change is applied at once, a burst after it together', async () => {
  const { loop, runs, advance, clock } = setUp();
  loop.changed();
  loop.changed();
  await advance(10);
  for (let i = 0; i < 5; i++) loop.changed();
  await advance(1_000);
  assert.equal(runs.length, 2);
  assert.ok(runs[1]! - runs[0]! >= 100);
  assert.equal(loop.lagMs, 0);
  assert.equal(clock.pending, 0);
});

test('failures are tried again with backoff, until one succeeds', async () => {
  const { loop, runs, advance, clock } = setUp([new Error('boom'), false, false]);
  loop.changed();
  await advance(50);
  assert.equal(runs.length, 1);
  assert.ok(loop.lagMs > 0);
  await advance(5_000);
  assert.equal(runs.length, 4);
  assert.equal(loop.lagMs, 0);
  assert.equal(clock.pending, 0);
});

test('a closed loop runs no more', async () => {
  const { loop, runs, advance, clock } = setUp();
  loop.changed();
  await loop.close();
  loop.changed();
  await advance(500);
  assert.deepEqual(runs, []);
  assert.equal(clock.pending, 0);
});
