import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '@flotilla/base';
import { crashLoopBackoff } from '../limits.js';
import { RestartBackoff } from './restart-backoff.js';

test('the first restart is at once, then 10 s doubling to 5 minutes, and after 10 good minutes it starts over', () => {
  const clock = new ManualClock();
  const backoff = new RestartBackoff(clock, crashLoopBackoff);
  const waits: number[] = [];
  for (let i = 0; i < 8; i++) {
    const failedAtMs = clock.wallMs();
    const waitMs = backoff.remainingMs('pod/app', failedAtMs);
    waits.push(waitMs / 1_000);
    clock.advance(waitMs);
    backoff.next('pod/app', failedAtMs);
    clock.advance(1_000); // runs for a second, then fails again
  }
  assert.deepEqual(waits, [0, 10, 20, 40, 80, 160, 300, 300]);
  clock.advance(601_000);
  assert.equal(backoff.remainingMs('pod/app', clock.wallMs()), 0);
  backoff.next('pod/app', clock.wallMs());
  assert.equal(backoff.currentMs('pod/app'), 10_000);
});

test('a wait counts from the failure, and is forgotten with the pod', () => {
  const clock = new ManualClock();
  const backoff = new RestartBackoff(clock, crashLoopBackoff);
  const failedAtMs = clock.wallMs();
  backoff.next('pod/app', failedAtMs);
  clock.advance(4_000);
  assert.equal(backoff.remainingMs('pod/app', failedAtMs), 6_000);
  assert.equal(backoff.remainingMs('pod/other', failedAtMs), 0);
  backoff.forget('pod/');
  assert.equal(backoff.remainingMs('pod/app', failedAtMs), 0);
});
