import type { AbortSignalLike, Cancel, Clock } from '@flotilla/base';
import { StoreError, storeErrors } from '@flotilla/mvcc';

interface Waiter {
  readonly deadlineMs: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

interface Batch {
  readonly context: number;
  readonly waiters: Set<Waiter>;
  /** Known once the leader has confirmed it. */
  index: number | undefined;
}

export interface ReadLimits {
  readonly pendingMax: number;
  readonly timeoutMs: number;
  readonly retryMs: number;
  /** How long to wait for a leader before saying that there is none. */
  readonly leaderWaitMs: number;
}

/**
 * Linearizable reads of this member. All reads that arrive while a request to the leader is under way share the next
 * one: one round of heartbeats confirms any number of reads (Raft thesis §6.4).
 */
export class ReadIndexBatcher {
  readonly #clock: Clock;
  readonly #limits: ReadLimits;
  readonly #request: (context: number) => boolean;
  #next = new Set<Waiter>();
  #current: Batch | undefined;
  /** Confirmed, and waiting for their index to be applied here. */
  #confirmed: Batch[] = [];
  #context = 0;
  #applied: number;
  #waiting = 0;
  #leaderlessSinceMs: number | undefined;
  #cancelTimer: Cancel | undefined;
  /** For metrics: reads that nobody confirmed in time, and rounds that had to be asked for again. */
  failed = 0;
  slow = 0;

  /** @param request asks Raft for a read index; false when there is no leader */
  constructor(clock: Clock, limits: ReadLimits, applied: number, request: (context: number) => boolean) {
    this.#clock = clock;
    this.#limits = limits;
    this.#applied = applied;
    this.#request = request;
    this.#leaderlessSinceMs = clock.monotonicMs();
  }

  read(signal?: AbortSignalLike): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.#waiting >= this.#limits.pendingMax) return Promise.reject(storeErrors.tooManyRequests());
    return new Promise((resolve, reject) => {
      const settle = () => {
        this.#waiting--;
        signal?.removeEventListener('abort', onAbort);
        this.#forget(waiter);
      };
      const waiter: Waiter = {
        deadlineMs: this.#clock.monotonicMs() + this.#limits.timeoutMs,
        resolve: () => {
          settle();
          resolve();
        },
        reject: (error) => {
          settle();
          reject(error);
        },
      };
      const onAbort = () => waiter.reject(signal?.reason);
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#waiting++;
      this.#next.add(waiter);
      if (this.#current === undefined) this.#ask();
    });
  }

  /** The leader answered. */
  confirmed(context: number, index: number): void {
    if (this.#current?.context !== context) return; // an answer to a request that was given up
    this.#current.index = index;
    this.#confirmed.push(this.#current);
    this.#current = undefined;
    this.#release();
    if (this.#next.size > 0) this.#ask();
  }

  applied(index: number): void {
    this.#applied = index;
    if (this.#confirmed.length > 0) this.#release();
  }

  /** The leader changed: what was asked of the old one is lost. */
  leaderChanged(known: boolean): void {
    if (known) this.#leaderlessSinceMs = undefined;
    else this.#leaderlessSinceMs ??= this.#clock.monotonicMs();
    if (known && this.#current !== undefined) this.#ask();
  }

  close(): void {
    this.#cancelTimer?.();
    for (const waiter of this.#allWaiters()) waiter.reject(storeErrors.stopped());
  }

  /** Everybody who waits joins a new request. */
  #ask(): void {
    const waiters = new Set([...(this.#current?.waiters ?? []), ...this.#next]);
    this.#next = new Set();
    this.#current = { context: ++this.#context, waiters, index: undefined };
    this.#request(this.#context);
    this.#cancelTimer ??= this.#clock.after(this.#limits.retryMs, () => this.#onTimer());
  }

  #onTimer(): void {
    this.#cancelTimer = undefined;
    const waitingBefore = this.#waiting;
    const nowMs = this.#clock.monotonicMs();
    const leaderless = this.#leaderlessSinceMs !== undefined && this.#leaderlessSinceMs + this.#limits.leaderWaitMs <= nowMs;
    for (const waiter of this.#allWaiters()) {
      if (leaderless) waiter.reject(storeErrors.noLeader());
      else if (waiter.deadlineMs <= nowMs) waiter.reject(new StoreError('unavailable', 'etcdserver: request timed out'));
    }
    this.failed += waitingBefore - this.#waiting;
    if (this.#current !== undefined && this.#current.waiters.size + this.#next.size === 0) this.#current = undefined;
    if (this.#current !== undefined) {
      this.slow++;
      this.#ask();
    } else if (this.#waiting > 0) this.#cancelTimer ??= this.#clock.after(this.#limits.retryMs, () => this.#onTimer());
  }

  #release(): void {
    const ready = this.#confirmed.filter((batch) => (batch.index ?? 0) <= this.#applied);
    this.#confirmed = this.#confirmed.filter((batch) => !ready.includes(batch));
    for (const batch of ready) for (const waiter of [...batch.waiters]) waiter.resolve();
  }

  #allWaiters(): Waiter[] {
    return [this.#next, this.#current?.waiters ?? [], ...this.#confirmed.map((batch) => batch.waiters)].flatMap((set) => [
      ...set,
    ]);
  }

  #forget(waiter: Waiter): void {
    this.#next.delete(waiter);
    this.#current?.waiters.delete(waiter);
    for (const batch of this.#confirmed) batch.waiters.delete(waiter);
  }
}
