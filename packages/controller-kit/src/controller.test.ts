import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AssertionError, ManualClock, silentLogger } from '@flotilla/base';
import { done, runController, WorkQueue } from './index.js';

const settled = () => new Promise((resolve) => setImmediate(resolve));

test('a failed key comes again, a key may ask to come again, and workers run at once', async () => {
  const clock = new ManualClock();
  const queue = new WorkQueue({ clock });
  const stop = new AbortController();
  const calls: string[] = [];
  let running = 0;
  let mostRunning = 0;
  const controller = runController(
    {
      name: 'test',
      queue,
      workers: 2,
      log: silentLogger,
      async reconcile(key) {
        mostRunning = Math.max(mostRunning, ++running);
        await settled();
        running--;
        calls.push(key);
        if (key === 'fails' && calls.length < 4) throw new Error('not yet');
        return key === 'later' && calls.length < 4 ? { requeueAfterMs: 1_000 } : done;
      },
    },
    stop.signal,
  );
  for (const key of ['fails', 'later', 'fine']) queue.add(key);
  while (calls.length < 3) await settled();
  assert.deepEqual([...calls].sort(), ['fails', 'fine', 'later']);
  assert.equal(mostRunning, 2);
  await settled();
  clock.advance(10);
  while (calls.length < 4) await settled();
  assert.equal(calls[3], 'fails');
  clock.advance(1_000);
  while (calls.length < 5) await settled();
  assert.equal(calls[4], 'later');
  stop.abort();
  await controller;
  assert.equal(clock.pending, 0);
});

test('a bug ends the controller', async () => {
  const queue = new WorkQueue({ clock: new ManualClock() });
  queue.add('a');
  const reconcile = () => Promise.reject(new AssertionError('broken'));
  const run = runController({ name: 'test', queue, workers: 3, log: silentLogger, reconcile }, new AbortController().signal);
  await assert.rejects(run, /broken/);
});
