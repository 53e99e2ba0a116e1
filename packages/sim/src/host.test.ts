import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventQueue, Host } from './index.js';

function running() {
  const queue = new EventQueue();
  const host = new Host(queue);
  host.start();
  const fired: number[] = [];
  const after = (delayMs: number) => host.clock.after(delayMs, () => fired.push(queue.nowMs));
  return { queue, host, fired, after };
}

test('timers follow the member’s own clock, however its rate changes', () => {
  const { queue, host, fired, after } = running();
  host.drift(2);
  after(100);
  queue.runUntil(25);
  host.drift(0.5);
  queue.runUntil(1_000);
  assert.deepEqual(fired, [125]);
  assert.equal(host.clock.monotonicMs(), 50 + 975 / 2);
});

test('the wall clock jumps, the monotonic one does not, and timers do not care', () => {
  const { queue, host, fired, after } = running();
  after(100);
  const before = host.clock.wallMs();
  host.jumpWall(-3_600_000);
  queue.runUntil(200);
  assert.deepEqual(fired, [100]);
  assert.equal(host.clock.wallMs(), before - 3_600_000 + 200);
});

test('a paused process gets everything later, in order; a killed one nothing', () => {
  const { queue, host, fired, after } = running();
  after(10);
  after(20);
  after(30)();
  host.pause();
  queue.runUntil(50);
  assert.deepEqual(fired, []);
  host.resume();
  queue.runUntil(60);
  assert.deepEqual(fired, [50, 50]);
  after(10);
  host.kill();
  host.start();
  queue.runUntil(100);
  assert.equal(fired.length, 2);
});
