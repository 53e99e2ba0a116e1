import assert from 'node:assert/strict';
import test from 'node:test';
import { ManualClock } from '@flotilla/base';
import { type Command, encodeCommand, Lessor, MemoryBackend, MvccStore } from './index.js';

const marginMs = 1_000;
const intervalMs = 60_000;

function setUp() {
  const clock = new ManualClock();
  const store = MvccStore.empty(new MemoryBackend(), { defer: () => {} });
  const apply = (command: Command) => store.apply(store.appliedIndex + 1, encodeCommand(command));
  const proposed: Command[] = [];
  const options = { promotionMarginMs: marginMs, checkpointIntervalMs: intervalMs };
  const lessor = new Lessor(clock, (command) => proposed.push(command), options);
  store.observeLeases(lessor);
  return { clock, store, apply, proposed, lessor };
}

const expiry = (id: bigint, renewals: number): Command => ({ leaseExpire: { id, renewals } });
const checkpoint = (id: bigint, remainingSeconds: number, renewals = 0): Command => ({
  leaseCheckpoint: { checkpoints: [{ id, remainingSeconds, renewals }] },
});

test('only the leader asks for an expiry, and asks again until it is applied', () => {
  const { clock, apply, proposed, lessor } = setUp();
  apply({ leaseGrant: { id: 1n, ttlSeconds: 10 } });
  clock.advance(60_000);
  assert.deepEqual(proposed, []);
  lessor.setLeading(true);
  clock.advance(999);
  assert.deepEqual(proposed, [], 'the margin of a new leader, for its holder to find it');
  clock.advance(101);
  assert.deepEqual(proposed, [expiry(1n, 0)]);
  clock.advance(2_000);
  assert.deepEqual(proposed, [expiry(1n, 0), expiry(1n, 0)]);
  apply({ leaseExpire: { id: 1n, renewals: 0 } });
  clock.advance(60_000);
  assert.equal(proposed.length, 2);
  assert.equal(clock.pending, 0, 'no timer without leases');
});

test('a renewal starts the time anew', () => {
  const { clock, store, apply, proposed, lessor } = setUp();
  lessor.setLeading(true);
  apply({ leaseGrant: { id: 1n, ttlSeconds: 10 } });
  for (let i = 0; i < 5; i++) {
    clock.advance(8_000);
    apply({ leaseKeepAlive: { id: 1n } });
  }
  assert.deepEqual(proposed, []);
  assert.equal(lessor.remainingMs(1n), 10_000);
  clock.advance(10_200);
  assert.deepEqual(proposed, [expiry(1n, 5)]);
  apply({ leaseRevoke: { id: 1n } });
  assert.equal(lessor.remainingMs(1n), undefined);
  assert.equal(store.leases().length, 0);
});

test('a leader that steps down asks for nothing any more', () => {
  const { clock, apply, proposed, lessor } = setUp();
  lessor.setLeading(true);
  apply({ leaseGrant: { id: 1n, ttlSeconds: 1_000 } });
  lessor.setLeading(false);
  clock.advance(2_000_000);
  assert.deepEqual(proposed, []);
  assert.equal(clock.pending, 0);
});

test('the leader stores the time left of leases that outlast the interval, and a renewal forgets it', () => {
  const { clock, store, apply, proposed, lessor } = setUp();
  lessor.setLeading(true);
  apply({ leaseGrant: { id: 1n, ttlSeconds: 60 } });
  apply({ leaseGrant: { id: 2n, ttlSeconds: 600 } });
  clock.advance(50_500);
  apply({ leaseKeepAlive: { id: 1n } });
  clock.advance(9_500);
  assert.deepEqual(proposed.splice(0), [checkpoint(2n, 540)]);
  apply(checkpoint(2n, 540));
  assert.equal(store.lease(2n)?.remainingSeconds, 540);
  assert.equal(lessor.remainingMs(2n), 540_000);
  apply({ leaseKeepAlive: { id: 2n } });
  assert.equal(store.lease(2n)?.remainingSeconds, 0);
  apply(checkpoint(2n, 1));
  assert.equal(lessor.remainingMs(2n), 600_000, 'a checkpoint made before the renewal is void');
});

test('many leases are checkpointed in batches, and expire in batches', () => {
  const { clock, store, apply, proposed, lessor } = setUp();
  lessor.setLeading(true);
  for (let id = 1n; id <= 2_500n; id++) apply({ leaseGrant: { id, ttlSeconds: 600 } });
  clock.advance(intervalMs);
  const sizes = () => proposed.map((command) => ('leaseCheckpoint' in command ? command.leaseCheckpoint.checkpoints.length : 0));
  assert.deepEqual(sizes(), [1_000]);
  clock.advance(200);
  assert.deepEqual(sizes(), [1_000, 1_000, 500]);
  clock.advance(600_000 - intervalMs - 201);
  proposed.length = 0;
  const expire = () => {
    for (const command of proposed.splice(0)) if ('leaseExpire' in command) apply(command);
    return 2_500 - store.leases().length;
  };
  clock.advance(1);
  assert.equal(expire(), 500);
  clock.advance(100);
  assert.equal(expire(), 1_000);
  for (let i = 0; i < 3; i++) {
    clock.advance(100);
    expire();
  }
  assert.equal(store.leases().length, 0);
});

test('by chance granted, renewed, checkpointed and revoked: each lease expires once, at its time', () => {
  const { clock, store, apply, proposed, lessor } = setUp();
  lessor.setLeading(true);
  const ends = new Map<bigint, number>();
  const ttlOf = (id: bigint) => 2 + Number((id * 7919n) % 97n);
  for (let step = 1; step < 3_000; step++) {
    const id = BigInt((step * 31) % 200);
    const lease = store.lease(id);
    if (lease === undefined) apply({ leaseGrant: { id, ttlSeconds: ttlOf(id) } });
    else if (step % 5 === 0) apply({ leaseRevoke: { id } });
    else apply({ leaseKeepAlive: { id } });
    if (lease !== undefined && step % 5 === 0) ends.delete(id);
    else ends.set(id, clock.monotonicMs() + ttlOf(id) * 1_000);
    clock.advance(97);
    for (const command of proposed.splice(0)) {
      if ('leaseExpire' in command) {
        const end = ends.get(command.leaseExpire.id)!;
        assert.ok(end <= clock.monotonicMs(), 'not early');
        assert.ok(end > clock.monotonicMs() - 300, 'not late');
        ends.delete(command.leaseExpire.id);
      }
      apply(command);
    }
  }
  assert.equal(store.leases().length, ends.size);
});

/** Members that apply the same log at once, or, while cut off, later. */
class Members {
  readonly clock = new ManualClock();
  readonly #log: Uint8Array[] = [];
  readonly #members: { backend: MemoryBackend; store: MvccStore; lessor: Lessor }[];

  constructor(count: number) {
    this.#members = Array.from({ length: count }, () => {
      const backend = new MemoryBackend();
      const store = MvccStore.empty(backend, { defer: () => {} });
      return { backend, store, lessor: this.#lessor(store) };
    });
  }

  #lessor(store: MvccStore): Lessor {
    const options = { promotionMarginMs: marginMs, checkpointIntervalMs: intervalMs };
    const lessor = new Lessor(this.clock, (command) => this.propose(command), options);
    store.observeLeases(lessor);
    return lessor;
  }

  propose(command: Command): void {
    this.#log.push(encodeCommand(command));
    for (const { store } of this.#members) {
      while (store.appliedIndex < this.#log.length) store.apply(store.appliedIndex + 1, this.#log[store.appliedIndex]!);
    }
  }

  lead(leader: number): void {
    for (const [i, { lessor }] of this.#members.entries()) lessor.setLeading(i === leader);
  }

  async restart(i: number): Promise<void> {
    const { backend, lessor } = this.#members[i]!;
    lessor.close();
    const store = await MvccStore.open(backend, { defer: () => {} });
    this.#members[i] = { backend, store, lessor: this.#lessor(store) };
  }

  leases(i: number): number {
    return this.#members[i]!.store.leases().length;
  }

  remainingSeconds(i: number): number {
    return this.#members[i]!.lessor.remainingMs(1n)! / 1_000;
  }
}

test('the leadership moves twice: a long lease ends when it should, but for the margins', () => {
  const members = new Members(3);
  members.lead(0);
  members.propose({ leaseGrant: { id: 1n, ttlSeconds: 3_600 } });
  members.clock.advance(1_000_000);
  members.lead(1);
  members.clock.advance(1_000_000);
  members.lead(2);
  members.clock.advance(1_600_000);
  assert.equal(members.leases(0), 1, 'not early');
  members.clock.advance(2 * marginMs + 200);
  assert.deepEqual([members.leases(0), members.leases(1), members.leases(2)], [0, 0, 0]);
});

test('everything restarts: a long lease goes on from its checkpoint, never ends early, and is late by an interval at most', async () => {
  const members = new Members(3);
  members.lead(0);
  members.propose({ leaseGrant: { id: 1n, ttlSeconds: 3_600 } });
  members.clock.advance(1_000_000);
  for (const i of [0, 1, 2]) await members.restart(i);
  members.lead(1);
  const leftSeconds = members.remainingSeconds(1);
  assert.ok(leftSeconds >= 2_600 && leftSeconds <= 2_600 + (intervalMs + marginMs) / 1_000, `${leftSeconds} s left`);
  members.clock.advance(2_600_000);
  assert.equal(members.leases(1), 1, 'not early');
  members.clock.advance(intervalMs + 2 * marginMs);
  assert.equal(members.leases(1), 0);
});

test('a member that restarts learns with the next checkpoint what the leader knows', async () => {
  const members = new Members(3);
  members.lead(0);
  members.propose({ leaseGrant: { id: 1n, ttlSeconds: 3_600 } });
  members.clock.advance(1_000_000 + intervalMs / 2);
  await members.restart(2);
  assert.ok(members.remainingSeconds(2) > members.remainingSeconds(0));
  members.clock.advance(intervalMs);
  assert.equal(Math.ceil(members.remainingSeconds(2)), Math.ceil(members.remainingSeconds(0)));
});
