import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '@flotilla/base';
import { Startup } from './startup.js';

test('those who wait go on when the server is ready, or when their time is up', async () => {
  const clock = new ManualClock();
  const startup = new Startup();
  const first = startup.wait(clock, 100);
  clock.advance(100);
  await first;
  assert.equal(startup.ready, false);
  const second = startup.wait(clock, 100);
  startup.markReady();
  await second;
  await startup.wait(clock, 100);
  assert.deepEqual([startup.ready, clock.pending], [true, 0]);
});
