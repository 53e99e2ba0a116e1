import { StatusError } from '@flotilla/api';
import type { Cancel, Clock } from '@flotilla/base';
import { freshWaitMsMax, progressRetryMaxMs, progressRetryMinMs } from '../limits.js';

interface Waiter {
  readonly revision: number;
  resolve(): void;
}

/**
 * Reads that wait until the cache has reached a revision. While there are any, the store is asked how far the watch has
 * come: a resource that nobody writes to would otherwise never hear of revisions that other resources took.
 */
export class FreshWaiters {
  readonly #clock: Clock;
  readonly #ask: () => void;
  readonly #waiters = new Set<Waiter>();
  #retry: Cancel | undefined;

  constructor(clock: Clock, askProgress: () => void) {
    this.#clock = clock;
    this.#ask = askProgress;
  }

  /** @throws StatusError Timeout when the revision is not reached in time; the signal's reason */
  wait(revision: number, current: () => number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason);
        return;
      }
      const end = (settle: () => void) => {
        this.#waiters.delete(waiter);
        signal.removeEventListener('abort', onAbort);
        cancelTimeout();
        settle();
      };
      const onAbort = () => end(() => reject(signal.reason));
      const waiter: Waiter = { revision, resolve: () => end(resolve) };
      const cancelTimeout = this.#clock.after(freshWaitMsMax, () => end(() => reject(tooLarge(revision, current()))));
      signal.addEventListener('abort', onAbort, { once: true });
      this.#waiters.add(waiter);
      if (this.#retry === undefined) this.#chase(progressRetryMinMs);
    });
  }

  reached(revision: number): void {
    for (const waiter of this.#waiters) if (waiter.revision <= revision) waiter.resolve();
  }

  #chase(delayMs: number): void {
    this.#ask();
    this.#retry = this.#clock.after(delayMs, () => {
      this.#retry = undefined;
      if (this.#waiters.size > 0) this.#chase(Math.min(delayMs * 2, progressRetryMaxMs));
    });
  }
}

export function tooLarge(revision: number, current: number): StatusError {
  return new StatusError(504, 'Timeout', `Timeout: Too large resource version: ${revision}, current: ${current}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  });
}
