import { type AbortSignalLike, backoffMs, type Cancel, type Clock, type Random } from '@flotilla/base';
import { StoreError, storeErrors } from '@flotilla/mvcc';
import { pendingRequestsMax, requestTimeoutMs, retryBackoff } from '../limits.js';

export interface Outgoing {
  readonly id: number;
  readonly type: number;
  readonly payload: Uint8Array;
}

interface Pending extends Outgoing {
  /** May change the store: once sent, it is never sent again unless the member says that it was not executed. */
  readonly write: boolean;
  readonly deadlineMs: number;
  readonly resolve: (payload: Uint8Array) => void;
  readonly reject: (error: unknown) => void;
  sent: boolean;
  attempts: number;
  lastError: StoreError | undefined;
}

/**
 * Requests from the moment they are made until they are settled, whatever happens to connections meanwhile.
 *
 * What was never sent, was refused as not executed, or only reads is sent again, until its time is up; a write
 * whose answer got lost ends as `unknown-outcome`.
 */
export class Requests {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #pending = new Map<number, Pending>(); // oldest first, and so by deadline
  readonly #retries = new Set<number>();
  readonly #send: (request: Outgoing) => boolean;
  #cancelTimeout: Cancel | undefined;
  #cancelRetry: Cancel | undefined;

  /** @param send answers false when there is no connection; `sendAll` is then called when there is one */
  constructor(clock: Clock, random: Random, send: (request: Outgoing) => boolean) {
    this.#clock = clock;
    this.#random = random;
    this.#send = send;
  }

  get size(): number {
    return this.#pending.size;
  }

  /** @returns the answer's payload */
  add(request: Outgoing, write: boolean, signal: AbortSignalLike | undefined): Promise<Uint8Array> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.#pending.size >= pendingRequestsMax) return Promise.reject(storeErrors.tooManyRequests());
    return new Promise((resolve, reject) => {
      const deadlineMs = this.#clock.monotonicMs() + requestTimeoutMs;
      const { id, type, payload } = request;
      const settle = signal === undefined ? { resolve, reject } : this.#abortable(id, signal, resolve, reject);
      const pending: Pending = {
        id,
        type,
        payload,
        write,
        deadlineMs,
        resolve: settle.resolve,
        reject: settle.reject,
        sent: false,
        attempts: 0,
        lastError: undefined,
      };
      this.#pending.set(id, pending);
      this.#watchDeadlines();
      this.#trySend(pending);
    });
  }

  /** A connection stands. */
  sendAll(): void {
    for (const pending of this.#pending.values()) {
      if (!pending.sent && !this.#retries.has(pending.id)) this.#trySend(pending);
    }
  }

  answer(id: number, payload: Uint8Array): void {
    this.#take(id)?.resolve(payload);
  }

  /** @returns true when the request stays pending, to be tried again */
  fail(id: number, error: StoreError): boolean {
    const pending = this.#pending.get(id);
    if (pending === undefined) return false;
    if (error.code === 'unavailable') {
      pending.sent = false;
      pending.lastError = error;
      this.#retries.add(id);
      this.#scheduleRetries(pending);
      return true;
    }
    this.#take(id)?.reject(error);
    return false;
  }

  /** The connection is gone, and with it every answer that was on its way. */
  connectionLost(reason: string): void {
    for (const pending of [...this.#pending.values()]) {
      if (!pending.sent) {
        pending.lastError ??= new StoreError('unavailable', `etcdserver: no member reachable: ${reason}`);
      } else if (pending.write) {
        this.#take(pending.id)?.reject(new StoreError('unknown-outcome', `etcdserver: connection lost: ${reason}`));
      } else pending.sent = false;
    }
  }

  /** Why no connection can be made, for those whose time runs out meanwhile. */
  unreachable(reason: string): void {
    const error = new StoreError('unavailable', `etcdserver: no member reachable: ${reason}`);
    for (const pending of this.#pending.values()) if (!pending.sent) pending.lastError = error;
  }

  close(error: StoreError): void {
    for (const pending of [...this.#pending.values()]) this.#take(pending.id)?.reject(error);
    this.#cancelRetry?.();
  }

  #trySend(pending: Pending): void {
    if (!this.#send(pending)) return;
    pending.sent = true;
    pending.attempts++;
  }

  #take(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    this.#retries.delete(id);
    if (this.#pending.size === 0) {
      this.#cancelTimeout?.();
      this.#cancelTimeout = undefined;
    }
    return pending;
  }

  #abortable(
    id: number,
    signal: AbortSignalLike,
    resolve: (payload: Uint8Array) => void,
    reject: (error: unknown) => void,
  ): Pick<Pending, 'resolve' | 'reject'> {
    const onAbort = () => this.#take(id)?.reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    return {
      resolve: (payload) => {
        signal.removeEventListener('abort', onAbort);
        resolve(payload);
      },
      reject: (error) => {
        signal.removeEventListener('abort', onAbort);
        reject(error);
      },
    };
  }

  #scheduleRetries(pending: Pending): void {
    if (this.#cancelRetry !== undefined) return;
    this.#cancelRetry = this.#clock.after(backoffMs(pending.attempts, retryBackoff, this.#random), () => {
      this.#cancelRetry = undefined;
      this.#retries.clear();
      this.sendAll();
    });
  }

  /** All requests have the same time limit, so one timer for the oldest will do. */
  #watchDeadlines(): void {
    if (this.#cancelTimeout !== undefined) return;
    const oldest = this.#pending.values().next().value;
    if (oldest === undefined) return;
    this.#cancelTimeout = this.#clock.after(oldest.deadlineMs - this.#clock.monotonicMs(), () => {
      this.#cancelTimeout = undefined;
      const nowMs = this.#clock.monotonicMs();
      for (const pending of [...this.#pending.values()]) {
        if (pending.deadlineMs > nowMs) break;
        this.#take(pending.id)?.reject(timeoutError(pending));
      }
      this.#watchDeadlines();
    });
  }
}

function timeoutError(pending: Pending): StoreError {
  if (pending.sent && pending.write) return storeErrors.timeout();
  return pending.lastError ?? new StoreError('unavailable', 'etcdserver: request timed out');
}
