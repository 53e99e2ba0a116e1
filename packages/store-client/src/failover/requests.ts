import { type AbortSignalLike, backoffMs, type Cancel, type Clock, type Random } from '@flotilla/base';
import { StoreError, storeErrors } from '@flotilla/mvcc';
import { pendingBytesMax, pendingRequestsMax, requestTimeoutMs, retryBackoff, retryWindowMs } from '../limits.js';
import type { Outgoing } from './member-connection.js';

/** Stands for a connection. */
interface Link {
  abandon(id: number): void;
}

type Timed = Pick<Pending<never, never>, 'createdMs' | 'sentOn' | 'sentMs' | 'write' | 'lastError'>;

interface Pending<Request, Answer> extends Outgoing<Request> {
  readonly createdMs: number;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
  /** Where it was sent and not answered yet. */
  sentOn: Link | undefined;
  sentMs: number;
  attempts: number;
  lastError: StoreError | undefined;
}

/**
 * Requests from the moment they are made until they are settled, whatever happens to connections meanwhile.
 *
 * What was never sent, was refused as not executed, or only reads is sent again, until its time is up; a write
 * whose answer got lost ends as `unknown-outcome`.
 */
export class Requests<Request, Answer> {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #pending = new Map<number, Pending<Request, Answer>>(); // oldest first, and so by deadline
  readonly #retries = new Set<number>();
  readonly #send: (request: Outgoing<Request>) => Link | undefined;
  #bytes = 0;
  #cancelTimeout: Cancel | undefined;
  #cancelRetry: Cancel | undefined;

  /** @param send tells over what it sent; undefined when there is no connection: `sendAll` is called when there is one */
  constructor(clock: Clock, random: Random, send: (request: Outgoing<Request>) => Link | undefined) {
    this.#clock = clock;
    this.#random = random;
    this.#send = send;
  }

  get size(): number {
    return this.#pending.size;
  }

  add({ id, request, bytes, write }: Outgoing<Request>, signal: AbortSignalLike | undefined): Promise<Answer> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.#pending.size >= pendingRequestsMax || this.#bytes + bytes > pendingBytesMax) {
      return Promise.reject(storeErrors.tooManyRequests());
    }
    return new Promise((resolve, reject) => {
      const createdMs = this.#clock.monotonicMs();
      const settle = signal === undefined ? { resolve, reject } : this.#abortable(id, signal, resolve, reject);
      const pending: Pending<Request, Answer> = {
        id,
        request,
        bytes,
        write,
        createdMs,
        resolve: settle.resolve,
        reject: settle.reject,
        sentOn: undefined,
        sentMs: 0,
        attempts: 0,
        lastError: undefined,
      };
      this.#pending.set(id, pending);
      this.#bytes += bytes;
      this.#watchDeadlines();
      this.#trySend(pending);
    });
  }

  /** A connection stands. */
  sendAll(): void {
    for (const pending of this.#pending.values()) {
      if (pending.sentOn === undefined && !this.#retries.has(pending.id)) this.#trySend(pending);
    }
  }

  answer(id: number, answer: Answer): void {
    this.#take(id)?.resolve(answer);
  }

  /**
   * A member refused or failed the request.
   * @returns when it was not executed: since when the member has kept it (monotonic milliseconds)
   */
  fail(id: number, error: StoreError): number | undefined {
    const pending = this.#pending.get(id);
    if (pending === undefined) return undefined;
    if (error.code !== 'unavailable') {
      this.#take(id)?.reject(error);
      return undefined;
    }
    const { sentMs } = pending;
    pending.sentOn = undefined;
    pending.lastError = error;
    if (this.#clock.monotonicMs() - pending.createdMs >= retryWindowMs) this.#take(id)?.reject(error);
    else {
      this.#retries.add(id);
      this.#scheduleRetries(pending);
    }
    return sentMs;
  }

  /** The connection is gone, and with it every answer that was on its way. */
  connectionLost(link: Link, reason: string): void {
    for (const pending of [...this.#pending.values()]) {
      if (pending.sentOn !== link) continue;
      if (pending.write) {
        this.#take(pending.id)?.reject(new StoreError('unknown-outcome', `etcdserver: connection lost: ${reason}`));
      } else pending.sentOn = undefined;
    }
    this.sendAll();
  }

  /** Why no connection can be made, for those whose time runs out meanwhile. */
  unreachable(reason: string): void {
    const error = new StoreError('unavailable', `etcdserver: no member reachable: ${reason}`);
    for (const pending of this.#pending.values()) if (pending.sentOn === undefined) pending.lastError = error;
  }

  close(error: StoreError): void {
    for (const pending of [...this.#pending.values()]) this.#take(pending.id)?.reject(error);
    this.#cancelRetry?.();
  }

  #trySend(pending: Pending<Request, Answer>): void {
    pending.sentOn = this.#send(pending);
    if (pending.sentOn === undefined) return;
    pending.sentMs = this.#clock.monotonicMs();
    pending.attempts++;
  }

  #take(id: number): Pending<Request, Answer> | undefined {
    const pending = this.#pending.get(id);
    if (pending !== undefined) this.#bytes -= pending.bytes;
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
    resolve: (answer: Answer) => void,
    reject: (error: unknown) => void,
  ): Pick<Pending<Request, Answer>, 'resolve' | 'reject'> {
    const onAbort = () => this.#giveUp(id)?.reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    return {
      resolve: (answer) => {
        signal.removeEventListener('abort', onAbort);
        resolve(answer);
      },
      reject: (error) => {
        signal.removeEventListener('abort', onAbort);
        reject(error);
      },
    };
  }

  #scheduleRetries({ attempts }: Pending<Request, Answer>): void {
    if (this.#cancelRetry !== undefined) return;
    this.#cancelRetry = this.#clock.after(backoffMs(attempts, retryBackoff, this.#random), () => {
      this.#cancelRetry = undefined;
      this.#retries.clear();
      this.sendAll();
    });
  }

  #watchDeadlines(): void {
    if (this.#cancelTimeout !== undefined) return;
    const nowMs = this.#clock.monotonicMs();
    let dueMs = Number.POSITIVE_INFINITY;
    for (const pending of this.#pending.values()) {
      dueMs = Math.min(dueMs, deadlineMs(pending));
      if (pending.createdMs + retryWindowMs > nowMs) break; // what follows is younger, and due later
    }
    if (dueMs === Number.POSITIVE_INFINITY) return;
    this.#cancelTimeout = this.#clock.after(Math.max(dueMs - nowMs, deadlineFloorMs), () => {
      this.#cancelTimeout = undefined;
      this.#expire();
      this.#watchDeadlines();
    });
  }

  #expire(): void {
    const nowMs = this.#clock.monotonicMs();
    for (const pending of [...this.#pending.values()]) {
      if (pending.createdMs + retryWindowMs > nowMs) break;
      if (deadlineMs(pending) <= nowMs) this.#giveUp(pending.id)?.reject(timeoutError(pending));
    }
  }

  #giveUp(id: number): Pending<Request, Answer> | undefined {
    const pending = this.#take(id);
    pending?.sentOn?.abandon(id);
    return pending;
  }
}

/** Deadlines are looked at no more often than this. */
const deadlineFloorMs = 50;

function deadlineMs(pending: Timed): number {
  return pending.sentOn === undefined ? pending.createdMs + retryWindowMs : pending.sentMs + requestTimeoutMs;
}

function timeoutError(pending: Timed): StoreError {
  if (pending.sentOn !== undefined && pending.write) return storeErrors.timeout();
  return pending.lastError ?? new StoreError('unavailable', 'etcdserver: request timed out');
}
