import { leaseTtlSecondsMin } from './limits.js';
import type { LeaseCheckpoint } from './model.js';
import type { LeaseRecord } from './record.js';
import { storeErrors } from './store-error.js';

/** A lease and what hangs on it. Says nothing about time left: that is the leader's clock's business (`Lessor`). */
export interface Lease extends LeaseRecord {
  readonly keys: ReadonlySet<string>;
}

interface MutableLease extends LeaseRecord {
  renewals: number;
  remainingSeconds: number;
  readonly keys: Set<string>;
}

/** Told of every change as it is applied. */
export interface LeaseObserver {
  granted(lease: LeaseRecord): void;
  renewed(lease: LeaseRecord): void;
  /** The leader told how much time is left. */
  checkpointed(lease: LeaseRecord): void;
  revoked(id: bigint): void;
  /** Everything was replaced: forget, then start from these. */
  reset(leases: Iterable<LeaseRecord>): void;
}

/** The replicated part of leases: who exists, and which keys go when one does. */
export class LeaseSet {
  readonly #leases = new Map<bigint, MutableLease>();
  readonly #leaseOfKey = new Map<string, bigint>();

  get size(): number {
    return this.#leases.size;
  }

  get(id: bigint): Lease | undefined {
    return this.#leases.get(id);
  }

  [Symbol.iterator](): Iterator<Lease> {
    return this.#leases.values();
  }

  /** For opening: takes a stored lease as it is. */
  restore(record: LeaseRecord): void {
    this.#leases.set(record.id, { ...record, keys: this.#leases.get(record.id)?.keys ?? new Set() });
  }

  /** @throws StoreError `lease-exists` */
  grant(id: bigint, ttlSeconds: number): Lease {
    if (this.#leases.has(id)) throw storeErrors.leaseExists();
    const granted = { id, ttlSeconds: Math.max(ttlSeconds, leaseTtlSecondsMin), renewals: 0, remainingSeconds: 0 };
    const lease = { ...granted, keys: new Set<string>() };
    this.#leases.set(id, lease);
    return lease;
  }

  renew(id: bigint): Lease | undefined {
    const lease = this.#leases.get(id);
    if (lease === undefined) return undefined;
    lease.renewals++;
    lease.remainingSeconds = 0;
    return lease;
  }

  /** @returns undefined when the checkpoint is void */
  checkpoint({ id, remainingSeconds, renewals }: LeaseCheckpoint): Lease | undefined {
    const lease = this.#leases.get(id);
    if (lease?.renewals !== renewals) return undefined;
    lease.remainingSeconds = remainingSeconds;
    return lease;
  }

  /** The keys themselves are the caller's to delete. */
  remove(id: bigint): void {
    for (const key of this.#leases.get(id)?.keys ?? []) this.#leaseOfKey.delete(key);
    this.#leases.delete(id);
  }

  leaseOf(key: string): bigint {
    return this.#leaseOfKey.get(key) ?? 0n;
  }

  /** Binds `key` to `lease` instead of whatever it was bound to; 0n unbinds. */
  bind(key: string, lease: bigint): void {
    const bound = this.#leaseOfKey.get(key);
    if (bound === lease) return;
    if (bound !== undefined) {
      this.#leases.get(bound)?.keys.delete(key);
      this.#leaseOfKey.delete(key);
    }
    const target = lease === 0n ? undefined : this.#leases.get(lease);
    if (target === undefined) return;
    target.keys.add(key);
    this.#leaseOfKey.set(key, lease);
  }
}
