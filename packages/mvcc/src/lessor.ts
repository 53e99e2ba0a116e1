import type { Cancel, Clock } from '@flotilla/base';
import { DeadlineHeap, type Due } from './deadline-heap.js';
import type { LeaseObserver } from './lease-set.js';
import {
  leaseCheckpointIntervalMs,
  leaseCheckpointsMax,
  leaseExpiriesPerTick,
  leaseExpiryRetryMs,
  leaseTimerFloorMs,
} from './limits.js';
import type { Command, LeaseCheckpoint } from './model.js';
import type { LeaseRecord } from './record.js';

interface Countdown extends Due {
  readonly id: bigint;
  readonly ttlMs: number;
  renewals: number;
  deadlineMs: number;
}

export interface LessorOptions {
  /** What a new leader adds to every lease, so that its holders have time to find it: etcd takes the election timeout. */
  readonly promotionMarginMs: number;
  /** Default: etcd's 5 minutes. */
  readonly checkpointIntervalMs?: number;
}

/**
 * Measures the time to live of leases with this member's clock. Every member runs one, fed by what it applies: since
 * nothing is applied before it was proposed, no member's countdown ends sooner than the leader's, and a new leader
 * goes on from its own. Only the leader's lessor acts, and what it asks for are replicated commands:
 *
 * - `leaseExpire` when a countdown has ended;
 * - `leaseCheckpoint` every now and then, with the time left of leases longer than the interval, for a member that
 *   restarts: it has nothing but what is stored.
 *
 * A change of leader, or a restart, may prolong a lease (by the margin, by the age of the checkpoint), never shorten it.
 */
export class Lessor implements LeaseObserver {
  readonly #clock: Clock;
  readonly #propose: (command: Command) => void;
  readonly #promotionMarginMs: number;
  readonly #checkpointIntervalMs: number;
  readonly #countdowns = new Map<bigint, Countdown>();
  readonly #byDue = new DeadlineHeap<Countdown>();
  #leading = false;
  #timer: { readonly dueMs: number; readonly cancel: Cancel } | undefined;
  /** Leases that this round of checkpoints has not come to yet. */
  #toCheckpoint: bigint[] = [];
  #cancelCheckpoint: Cancel | undefined;

  /** @param propose takes a command to replicate; an expiry is asked for again after a while if it came to nothing */
  constructor(clock: Clock, propose: (command: Command) => void, options: LessorOptions) {
    this.#clock = clock;
    this.#propose = propose;
    this.#promotionMarginMs = options.promotionMarginMs;
    this.#checkpointIntervalMs = options.checkpointIntervalMs ?? leaseCheckpointIntervalMs;
  }

  setLeading(leading: boolean): void {
    if (leading && !this.#leading) this.#extendAll();
    this.#leading = leading;
    this.#schedule();
    this.#scheduleCheckpoint(this.#checkpointIntervalMs);
  }

  /** @returns milliseconds left, 0 when due; undefined when there is no such lease */
  remainingMs(id: bigint): number | undefined {
    const countdown = this.#countdowns.get(id);
    return countdown === undefined ? undefined : Math.max(0, countdown.deadlineMs - this.#clock.monotonicMs());
  }

  granted(lease: LeaseRecord): void {
    const seconds = lease.remainingSeconds > 0 ? lease.remainingSeconds : lease.ttlSeconds;
    const deadlineMs = this.#clock.monotonicMs() + seconds * 1000;
    const { id, renewals } = lease;
    const countdown = { id, ttlMs: lease.ttlSeconds * 1000, renewals, deadlineMs, dueMs: deadlineMs, slot: -1 };
    this.#countdowns.set(id, countdown);
    this.#byDue.push(countdown);
    this.#schedule();
    this.#scheduleCheckpoint(this.#checkpointIntervalMs);
  }

  renewed(lease: LeaseRecord): void {
    const countdown = this.#countdowns.get(lease.id);
    if (countdown === undefined) return;
    countdown.renewals = lease.renewals;
    this.#setDeadline(countdown, this.#clock.monotonicMs() + countdown.ttlMs); // the timer may now fire early: it then looks again
  }

  /** The leader knew best, and its word came later than it was said: still no sooner than the true end. */
  checkpointed(lease: LeaseRecord): void {
    const countdown = this.#countdowns.get(lease.id);
    if (countdown === undefined) return;
    const deadlineMs = this.#clock.monotonicMs() + lease.remainingSeconds * 1000;
    if (deadlineMs >= countdown.deadlineMs) return;
    this.#setDeadline(countdown, deadlineMs);
    this.#schedule();
  }

  revoked(id: bigint): void {
    const countdown = this.#countdowns.get(id);
    if (countdown === undefined) return;
    this.#countdowns.delete(id);
    this.#byDue.remove(countdown);
  }

  reset(leases: Iterable<LeaseRecord>): void {
    this.#countdowns.clear();
    this.#byDue.clear();
    for (const lease of leases) this.granted(lease);
  }

  close(): void {
    this.#leading = false;
    this.#schedule();
    this.#scheduleCheckpoint(0);
  }

  #setDeadline(countdown: Countdown, deadlineMs: number): void {
    countdown.deadlineMs = deadlineMs;
    countdown.dueMs = deadlineMs;
    this.#byDue.moved(countdown);
  }

  /** The same for all of them: their order stays. */
  #extendAll(): void {
    const nowMs = this.#clock.monotonicMs();
    for (const countdown of this.#countdowns.values()) {
      countdown.deadlineMs = Math.max(countdown.deadlineMs, nowMs) + this.#promotionMarginMs;
      countdown.dueMs = countdown.deadlineMs;
    }
  }

  #schedule(): void {
    const next = this.#byDue.peek();
    if (!this.#leading || next === undefined) {
      this.#timer?.cancel();
      this.#timer = undefined;
      return;
    }
    const { dueMs } = next;
    if (this.#timer !== undefined && this.#timer.dueMs <= dueMs) return;
    this.#timer?.cancel();
    // Timers hold at most 2^31 ms; a longer lease is looked at again then.
    const delayMs = Math.min(Math.max(dueMs - this.#clock.monotonicMs(), leaseTimerFloorMs), 2 ** 31 - 1);
    this.#timer = { dueMs, cancel: this.#clock.after(delayMs, () => this.#fire()) };
  }

  #fire(): void {
    this.#timer = undefined;
    const nowMs = this.#clock.monotonicMs();
    for (let proposed = 0; proposed < leaseExpiriesPerTick; proposed++) {
      const countdown = this.#byDue.peek();
      if (countdown === undefined || countdown.dueMs > nowMs) break;
      countdown.dueMs = nowMs + leaseExpiryRetryMs;
      this.#byDue.moved(countdown);
      this.#propose({ leaseExpire: { id: countdown.id, renewals: countdown.renewals } });
    }
    this.#schedule();
  }

  #scheduleCheckpoint(delayMs: number): void {
    if (!this.#leading || this.#countdowns.size === 0) {
      this.#cancelCheckpoint?.();
      this.#cancelCheckpoint = undefined;
      return;
    }
    this.#cancelCheckpoint ??= this.#clock.after(delayMs, () => this.#checkpointSome());
  }

  /** One batch of the round; applying all at once would hold up everybody else. */
  #checkpointSome(): void {
    this.#cancelCheckpoint = undefined;
    if (this.#toCheckpoint.length === 0) this.#toCheckpoint = this.#longLeases();
    const checkpoints: LeaseCheckpoint[] = [];
    for (const id of this.#toCheckpoint.splice(-leaseCheckpointsMax)) {
      const remainingMs = this.remainingMs(id) ?? 0;
      const renewals = this.#countdowns.get(id)?.renewals ?? 0;
      if (remainingMs > 0) checkpoints.push({ id, remainingSeconds: Math.ceil(remainingMs / 1000), renewals });
    }
    if (checkpoints.length > 0) this.#propose({ leaseCheckpoint: { checkpoints } });
    this.#scheduleCheckpoint(this.#toCheckpoint.length > 0 ? leaseTimerFloorMs : this.#checkpointIntervalMs);
  }

  #longLeases(): bigint[] {
    return [...this.#countdowns.values()].filter(({ ttlMs }) => ttlMs > this.#checkpointIntervalMs).map(({ id }) => id);
  }
}
