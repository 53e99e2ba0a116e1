import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Lease, type Persisted, statusErrors } from '@flotilla/api';
import { ManualClock, seededRandom, silentLogger } from '@flotilla/base';
import { LeaderElector, LeadershipLostError, type LeaseLock } from './index.js';

type Spec = NonNullable<Lease['spec']>;

/** The one lease of a test. Its writes are compare-and-swap, and `cut` makes it unreachable for one identity. */
class FakeLease {
  current: Persisted<Lease> | undefined;
  readonly cut = new Set<string>();
  watched = true;
  readonly #listeners = new Set<(lease: Persisted<Lease>) => void>();
  #version = 0;

  lockFor(identity: string): LeaseLock {
    const reach = () => {
      if (this.cut.has(identity)) throw new Error('unreachable');
    };
    return {
      name: 'test',
      get: async () => {
        reach();
        return this.current;
      },
      create: async (spec) => {
        reach();
        if (this.current !== undefined) throw statusErrors.alreadyExists({ group: '', resource: 'leases' }, 'test');
        return this.#write(spec);
      },
      update: async (last, spec) => {
        reach();
        if (last.metadata.resourceVersion !== this.current?.metadata.resourceVersion) {
          throw statusErrors.conflict({ group: '', resource: 'leases' }, 'test');
        }
        return this.#write(spec);
      },
      observe: async (listener, signal) => {
        if (!this.watched) return;
        this.#listeners.add(listener);
        signal.addEventListener('abort', () => this.#listeners.delete(listener));
      },
    };
  }

  #write(spec: Spec): Persisted<Lease> {
    const metadata = { name: 'test', uid: 'u', resourceVersion: String(++this.#version), creationTimestamp: '' };
    const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec };
    this.current = lease;
    for (const listener of this.#listeners) listener(lease);
    return lease;
  }
}

class Candidate {
  leading = false;
  ended: unknown = undefined;
  readonly stop = new AbortController();
  readonly run: Promise<void>;

  constructor(identity: string, lease: FakeLease, clock: ManualClock) {
    const lock = lease.lockFor(identity);
    const onLeading = (leading: boolean) => {
      this.leading = leading;
    };
    const elector = new LeaderElector({ lock, identity, clock, random: seededRandom(1), log: silentLogger, onLeading });
    const lead = (signal: AbortSignal) =>
      new Promise<void>((resolve) => {
        if (signal.aborted) resolve();
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
    this.run = elector.run(lead, this.stop.signal).then(
      () => {
        this.ended = 'clean';
      },
      (error: unknown) => {
        this.ended = error;
      },
    );
  }
}

const settled = async () => {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
};

async function pass(clock: ManualClock, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 250) {
    clock.advance(250);
    await settled();
  }
}

test('one leads; when it stops cleanly, the other takes over at once', async () => {
  const clock = new ManualClock();
  const lease = new FakeLease();
  const a = new Candidate('a', lease, clock);
  await settled();
  const b = new Candidate('b', lease, clock);
  await pass(clock, 60_000);
  assert.deepEqual([a.leading, b.leading], [true, false]);
  assert.equal(lease.current?.spec?.leaseTransitions, 0);
  a.stop.abort();
  await settled();
  assert.deepEqual([a.leading, b.leading, a.ended], [false, true, 'clean']);
  assert.equal(lease.current?.spec?.holderIdentity, 'b');
  assert.equal(lease.current?.spec?.leaseTransitions, 1);
  b.stop.abort();
  await settled();
  assert.equal(lease.current?.spec?.holderIdentity, '');
  assert.equal(clock.pending, 0);
});

for (const watched of [true, false]) {
  test(`a leader cut off gives up before the other ${watched ? 'sees' : 'finds out without a watch that'} its lease ran out`, async () => {
    const clock = new ManualClock();
    const lease = new FakeLease();
    lease.watched = watched;
    const a = new Candidate('a', lease, clock);
    await settled();
    const b = new Candidate('b', lease, clock);
    await pass(clock, 20_000);
    lease.cut.add('a');
    const cutMs = clock.monotonicMs();
    while (a.leading) {
      assert.equal(b.leading, false, 'never two at once');
      await pass(clock, 250);
    }
    assert.ok(a.ended instanceof LeadershipLostError);
    assert.ok(clock.monotonicMs() - cutMs <= 12_000, 'renew deadline');
    while (!b.leading) await pass(clock, 250);
    assert.ok(clock.monotonicMs() - cutMs <= (watched ? 18_000 : 32_000), `took over after ${clock.monotonicMs() - cutMs} ms`);
    b.stop.abort();
    await settled();
    assert.equal(clock.pending, 0);
  });
}

test('two that start at once: one leads', async () => {
  const clock = new ManualClock();
  const lease = new FakeLease();
  const candidates = [new Candidate('a', lease, clock), new Candidate('b', lease, clock)];
  await pass(clock, 10_000);
  assert.equal(candidates.filter(({ leading }) => leading).length, 1);
  for (const { stop } of candidates) stop.abort();
  await settled();
});
