import assert from 'node:assert/strict';
import test from 'node:test';
import { ManualClock } from '@flotilla/base';
import { encodeCommand, Lessor, MemoryBackend, MvccStore } from './index.js';

function setUp() {
  const clock = new ManualClock();
  const store = MvccStore.empty(new MemoryBackend(), { defer: () => {} });
  const apply = (command: Parameters<typeof encodeCommand>[0]) => store.apply(store.appliedIndex + 1, encodeCommand(command));
  const expired: [bigint, number][] = [];
  const lessor = new Lessor(clock, (id, renewals) => expired.push([id, renewals]));
  store.observeLeases(lessor);
  return { clock, store, apply, expired, lessor };
}

test('only the leader asks for an expiry, and asks again until it is applied', () => {
  const { clock, apply, expired, lessor } = setUp();
  apply({ leaseGrant: { id: 1n, ttlSeconds: 10 } });
  clock.advance(60_000);
  assert.deepEqual(expired, []);
  lessor.setLeading(true);
  clock.advance(9_999);
  assert.deepEqual(expired, [], 'a new leader gives the full time again');
  clock.advance(101);
  assert.deepEqual(expired, [[1n, 0]]);
  clock.advance(2_000);
  assert.deepEqual(expired, [
    [1n, 0],
    [1n, 0],
  ]);
  apply({ leaseExpire: { id: 1n, renewals: 0 } });
  clock.advance(60_000);
  assert.equal(expired.length, 2);
  assert.equal(clock.pending, 0, 'no timer without leases');
});

test('a renewal starts the time anew', () => {
  const { clock, store, apply, expired, lessor } = setUp();
  lessor.setLeading(true);
  apply({ leaseGrant: { id: 1n, ttlSeconds: 10 } });
  for (let i = 0; i < 5; i++) {
    clock.advance(8_000);
    apply({ leaseKeepAlive: { id: 1n } });
  }
  assert.deepEqual(expired, []);
  assert.equal(lessor.remainingMs(1n), 10_000);
  clock.advance(10_200);
  assert.deepEqual(expired, [[1n, 5]]);
  apply({ leaseRevoke: { id: 1n } });
  assert.equal(lessor.remainingMs(1n), undefined);
  assert.equal(store.leases().length, 0);
});

test('a leader that steps down asks for nothing any more', () => {
  const { clock, apply, expired, lessor } = setUp();
  lessor.setLeading(true);
  apply({ leaseGrant: { id: 1n, ttlSeconds: 10 } });
  lessor.setLeading(false);
  clock.advance(60_000);
  assert.deepEqual(expired, []);
  assert.equal(clock.pending, 0);
});
