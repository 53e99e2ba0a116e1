import type { AbortSignalLike, Cancel, Clock } from '@flotilla/base';
import { StoreError, storeErrors } from '@flotilla/mvcc';

interface Pending<Result> {
  readonly id: bigint;
  readonly deadlineMs: number;
  readonly submit: () => number | undefined;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
  /** The term it was proposed in; undefined while it waits for a leader: certainly not executed. */
  term: number | undefined;
}

export interface ProposalLimits {
  readonly pendingMax: number;
  /** From the call to giving up. */
  readonly timeoutMs: number;
  /** How long to wait for a leader before saying that there is none. */
  readonly leaderWaitMs: number;
}

/**
 * Requests of this member's clients on their way through the log. A proposal enters the log only in the term that it
 * was made in, so once an entry of a later term is applied it is certain that it was lost, and it is made again.
 */
export class Proposals<Result> {
  readonly #clock: Clock;
  readonly #limits: ProposalLimits;
  readonly #pending = new Map<bigint, Pending<Result>>();
  #nextId: bigint;
  #cancelSweep: Cancel | undefined;
  #leaderlessSinceMs: number | undefined;
  failed = 0;

  /** @param firstId random, so that ids of an earlier life of this member cannot be mistaken for new ones */
  constructor(clock: Clock, limits: ProposalLimits, firstId: bigint) {
    this.#clock = clock;
    this.#limits = limits;
    this.#nextId = firstId;
    this.#leaderlessSinceMs = clock.monotonicMs();
  }

  get size(): number {
    return this.#pending.size;
  }

  /**
   * @param propose hands the request to Raft; answers the term it was proposed in, undefined when nobody took it
   * @returns what `applied` is given for it
   */
  add(propose: (id: bigint) => number | undefined, signal?: AbortSignalLike): Promise<Result> {
    if (this.#pending.size >= this.#limits.pendingMax) return Promise.reject(storeErrors.tooManyRequests());
    if (signal?.aborted) return Promise.reject(signal.reason);
    const id = this.#nextId++;
    const deadlineMs = this.#clock.monotonicMs() + this.#limits.timeoutMs;
    return new Promise<Result>((resolve, reject) => {
      const onAbort = () => this.#settle(id)?.reject(signal?.reason);
      const done = () => signal?.removeEventListener('abort', onAbort);
      const pending: Pending<Result> = {
        id,
        deadlineMs,
        submit: () => propose(id),
        resolve: (result) => {
          done();
          resolve(result);
        },
        reject: (error) => {
          done();
          reject(error);
        },
        term: undefined,
      };
      this.#pending.set(id, pending);
      signal?.addEventListener('abort', onAbort, { once: true });
      pending.term = pending.submit();
      this.#scheduleSweep();
    });
  }

  applied(id: bigint, result: Result): void {
    this.#settle(id)?.resolve(result);
  }

  /** An entry of `term` was applied: whatever was proposed earlier and has not come by now never will. */
  reachedTerm(term: number): void {
    for (const pending of this.#pending.values()) {
      if (pending.term !== undefined && pending.term < term) pending.term = pending.submit();
    }
  }

  /** A snapshot skipped entries up to `term`: whether requests were among them cannot be known. */
  lostTrack(term: number): void {
    for (const pending of [...this.#pending.values()]) {
      if (pending.term !== undefined && pending.term <= term) this.#settle(pending.id)?.reject(storeErrors.timeout());
    }
  }

  /** The request did not get on its way to the leader: it waits for a better moment. */
  notSent(id: bigint): void {
    const pending = this.#pending.get(id);
    if (pending !== undefined) pending.term = undefined;
  }

  /** Requests that nobody took may find a taker now. */
  retryWaiting(): void {
    for (const pending of this.#pending.values()) if (pending.term === undefined) pending.term = pending.submit();
  }

  /** Whether a leader is known; waiting requests fail when there is none for too long. */
  leaderKnown(known: boolean): void {
    if (known) this.#leaderlessSinceMs = undefined;
    else this.#leaderlessSinceMs ??= this.#clock.monotonicMs();
    if (known) this.retryWaiting();
    else this.#scheduleSweep();
  }

  close(): void {
    this.#cancelSweep?.();
    for (const id of [...this.#pending.keys()]) {
      const pending = this.#settle(id);
      pending?.reject(pending.term === undefined ? storeErrors.stopped() : storeErrors.timeout());
    }
  }

  #settle(id: bigint): Pending<Result> | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    return pending;
  }

  /** One timer for all of them. */
  #scheduleSweep(): void {
    if (this.#cancelSweep !== undefined || this.#pending.size === 0) return;
    const nowMs = this.#clock.monotonicMs();
    let dueMs = Number.POSITIVE_INFINITY;
    for (const pending of this.#pending.values()) dueMs = Math.min(dueMs, this.#dueMs(pending, nowMs));
    this.#cancelSweep = this.#clock.after(Math.min(Math.max(dueMs - nowMs, 10), this.#limits.leaderWaitMs), () => {
      this.#cancelSweep = undefined;
      this.#sweep();
      this.#scheduleSweep();
    });
  }

  #dueMs(pending: Pending<Result>, nowMs: number): number {
    if (pending.term !== undefined || this.#leaderlessSinceMs === undefined) return pending.deadlineMs;
    const waitEndsMs = Math.max(this.#leaderlessSinceMs, pending.deadlineMs - this.#limits.timeoutMs) + this.#limits.leaderWaitMs;
    return Math.min(pending.deadlineMs, Math.max(waitEndsMs, nowMs));
  }

  #sweep(): void {
    const nowMs = this.#clock.monotonicMs();
    this.retryWaiting();
    for (const pending of [...this.#pending.values()]) {
      if (this.#dueMs(pending, nowMs) > nowMs) continue;
      this.failed++;
      this.#settle(pending.id)?.reject(this.#failure(pending));
    }
  }

  #failure(pending: Pending<Result>): StoreError {
    if (pending.term !== undefined) return storeErrors.timeout();
    return this.#leaderlessSinceMs === undefined
      ? new StoreError('unavailable', 'etcdserver: too many requests')
      : storeErrors.noLeader();
  }
}
