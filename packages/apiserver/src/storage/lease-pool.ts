import type { Clock } from '@flotilla/base';
import type { KeyValueStore } from '@flotilla/store-client';
import { leaseObjectsMax, leaseReuseMs } from '../limits.js';
import { throughStore } from './store-failure.js';

/**
 * Leases for objects that vanish by themselves, such as Events. One lease serves all that are written within a minute,
 * because a lease costs the store more than an object does.
 */
export class LeasePool {
  readonly #store: KeyValueStore;
  readonly #clock: Clock;
  readonly #ttlSeconds: number;
  #current: { readonly id: Promise<bigint>; readonly untilMs: number; objects: number } | undefined;

  /** @param ttlSeconds how long an object lives at least */
  constructor(store: KeyValueStore, clock: Clock, ttlSeconds: number) {
    this.#store = store;
    this.#clock = clock;
    this.#ttlSeconds = ttlSeconds;
  }

  /** Writes with a lease. @throws StatusError */
  async use<T>(write: (lease: bigint) => Promise<T>): Promise<T> {
    const lease = this.#lease();
    lease.objects += 1;
    try {
      return await write(await lease.id);
    } catch (error) {
      // A store that was restored from a backup may not know the lease: the next write gets another.
      if (this.#current === lease) this.#current = undefined;
      throw error;
    }
  }

  #lease() {
    const nowMs = this.#clock.monotonicMs();
    if (this.#current === undefined || nowMs >= this.#current.untilMs || this.#current.objects >= leaseObjectsMax) {
      const ttlSeconds = this.#ttlSeconds + leaseReuseMs / 1_000; // so that the last of its objects lives long enough too
      const id = throughStore(this.#store.leaseGrant(ttlSeconds)).then((granted) => granted.id);
      this.#current = { id, untilMs: nowMs + leaseReuseMs, objects: 0 };
    }
    return this.#current;
  }
}
