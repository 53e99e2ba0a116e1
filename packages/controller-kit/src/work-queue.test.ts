import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '@flotilla/base';
import { WorkQueue } from './index.js';

test('a key waits once, and is never handed out twice at a time', async () => {
  const queue = new WorkQueue({ clock: new ManualClock() });
  queue.add('a');
  queue.add('b');
  queue.add('a');
  assert.equal(queue.length, 2);
  assert.equal(await queue.take(), 'a');
  queue.add('a'); // while it is being worked on
  assert.equal(await queue.take(), 'b');
  let third: string | undefined;
  const taking = queue.take().then((key) => {
    third = key;
  });
  await Promise.resolve();
  assert.equal(third, undefined);
  queue.done('a');
  await taking;
  assert.equal(third, 'a');
  queue.done('a');
  assert.equal(queue.length, 0);
});

test('of several delays for a key the earliest counts', async () => {
  const clock = new ManualClock();
  const queue = new WorkQueue({ clock });
  queue.addAfter('a', 100);
  queue.addAfter('a', 50);
  queue.addAfter('a', 70);
  clock.advance(49);
  assert.equal(queue.length, 0);
  clock.advance(1);
  assert.equal(queue.length, 1);
  clock.advance(100);
  assert.equal(queue.length, 1);
  assert.equal(clock.pending, 0);
});

test('failures double the delay up to the limit, and success forgets them', async () => {
  const clock = new ManualClock();
  const queue = new WorkQueue({ clock, retry: { baseMs: 10, maxMs: 35 } });
  for (const delayMs of [10, 20, 35, 35]) {
    queue.addRateLimited('a');
    clock.advance(delayMs - 1);
    assert.equal(queue.length, 0, `after ${delayMs - 1}`);
    clock.advance(1);
    assert.equal(queue.length, 1, `after ${delayMs}`);
    await queue.take();
    queue.done('a');
  }
  assert.equal(queue.failures('a'), 4);
  queue.forget('a');
  queue.addRateLimited('a');
  clock.advance(10);
  assert.equal(queue.length, 1);
});

test('shutting down lets takers go, drops what waits, and leaves no timer', async () => {
  const clock = new ManualClock();
  const queue = new WorkQueue({ clock });
  const taking = queue.take();
  queue.addAfter('later', 10);
  queue.shutDown();
  queue.add('a');
  assert.equal(await taking, undefined);
  assert.equal(await queue.take(), undefined);
  assert.equal(clock.pending, 0);
});
