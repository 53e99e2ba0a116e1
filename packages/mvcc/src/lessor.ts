import type { Cancel, Clock } from '@flotilla/base';
import type { LeaseObserver } from './lease-set.js';
import { leaseExpiryRetryMs, leaseTimerFloorMs } from './limits.js';
import type { LeaseRecord } from './record.js';

interface Countdown {
  readonly id: bigint;
  renewals: number;
  deadlineMs: number;
}

/**
 * Measures the time to live of leases with this member's clock. Every member runs one, fed by what it applies,
 * so that a new leader knows where each lease stands; only the leader's asks for expiries, and what it asks for
 * is a replicated command. A new leader gives every lease its full time again, as etcd does: a change of leader
 * may prolong a lease, never shorten it.
 */
export class Lessor implements LeaseObserver {
  readonly #clock: Clock;
  readonly #expire: (id: bigint, renewals: number) => void;
  readonly #countdowns = new Map<bigint, Countdown>();
  readonly #ttlMs = new Map<bigint, number>();
  #leading = false;
  #timer: { readonly dueMs: number; readonly cancel: Cancel } | undefined;

  /** @param expire proposes the `leaseExpire` command; called again after a while if it came to nothing */
  constructor(clock: Clock, expire: (id: bigint, renewals: number) => void) {
    this.#clock = clock;
    this.#expire = expire;
  }

  setLeading(leading: boolean): void {
    if (leading && !this.#leading) {
      for (const countdown of this.#countdowns.values()) countdown.deadlineMs = this.#deadline(countdown.id);
    }
    this.#leading = leading;
    this.#schedule();
  }

  /** @returns milliseconds left, 0 when due; undefined when there is no such lease */
  remainingMs(id: bigint): number | undefined {
    const countdown = this.#countdowns.get(id);
    return countdown === undefined ? undefined : Math.max(0, countdown.deadlineMs - this.#clock.monotonicMs());
  }

  granted(lease: LeaseRecord): void {
    this.#ttlMs.set(lease.id, lease.ttlSeconds * 1000);
    this.#countdowns.set(lease.id, { id: lease.id, renewals: lease.renewals, deadlineMs: this.#deadline(lease.id) });
    this.#schedule();
  }

  renewed(lease: LeaseRecord): void {
    const countdown = this.#countdowns.get(lease.id);
    if (countdown === undefined) return;
    countdown.renewals = lease.renewals;
    countdown.deadlineMs = this.#deadline(lease.id); // the timer may now fire early: it then looks again
  }

  revoked(id: bigint): void {
    this.#countdowns.delete(id);
    this.#ttlMs.delete(id);
  }

  reset(leases: Iterable<LeaseRecord>): void {
    this.#countdowns.clear();
    this.#ttlMs.clear();
    for (const lease of leases) this.granted(lease);
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#leading = false;
  }

  #deadline(id: bigint): number {
    return this.#clock.monotonicMs() + (this.#ttlMs.get(id) ?? 0);
  }

  #schedule(): void {
    if (!this.#leading || this.#countdowns.size === 0) {
      this.#timer?.cancel();
      this.#timer = undefined;
      return;
    }
    let dueMs = Number.POSITIVE_INFINITY;
    for (const { deadlineMs } of this.#countdowns.values()) dueMs = Math.min(dueMs, deadlineMs);
    if (this.#timer !== undefined && this.#timer.dueMs <= dueMs) return;
    this.#timer?.cancel();
    // Timers hold at most 2^31 ms; a longer lease is looked at again then.
    const delayMs = Math.min(Math.max(dueMs - this.#clock.monotonicMs(), leaseTimerFloorMs), 2 ** 31 - 1);
    this.#timer = { dueMs, cancel: this.#clock.after(delayMs, () => this.#fire()) };
  }

  #fire(): void {
    this.#timer = undefined;
    const nowMs = this.#clock.monotonicMs();
    for (const countdown of [...this.#countdowns.values()]) {
      if (countdown.deadlineMs > nowMs) continue;
      countdown.deadlineMs = nowMs + leaseExpiryRetryMs;
      this.#expire(countdown.id, countdown.renewals);
    }
    this.#schedule();
  }
}
