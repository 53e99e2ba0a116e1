import type { BackoffLimits, Cancel, Clock } from '@flotilla/base';

export interface WorkQueueOptions {
  readonly clock: Clock;
  /** Delays of a key that keeps failing; default 5 ms doubling to 60 s. */
  readonly retry?: BackoffLimits;
}

const defaultRetry: BackoffLimits = { baseMs: 5, maxMs: 60_000 };

interface Delayed {
  readonly dueMs: number;
  readonly cancel: Cancel;
}

/**
 * Keys to work on, with the invariants of client-go's work queue:
 * - a key that waits is there once, however often it was added (`dirty`);
 * - a key is handed out to one worker at a time (`processing`); added meanwhile, it waits again after `done`;
 * - first in, first out.
 */
export class WorkQueue {
  readonly #clock: Clock;
  readonly #retry: BackoffLimits;
  /** Keys that must be worked on; those of them that are not being processed are in `#queue`, in this order. */
  readonly #dirty = new Set<string>();
  readonly #processing = new Set<string>();
  readonly #queue = new Set<string>();
  readonly #delayed = new Map<string, Delayed>();
  readonly #failures = new Map<string, number>();
  readonly #takers: ((key: string | undefined) => void)[] = [];
  #shutDown = false;

  constructor(options: WorkQueueOptions) {
    this.#clock = options.clock;
    this.#retry = options.retry ?? defaultRetry;
  }

  /** Number of keys that a worker could take now. */
  get length(): number {
    return this.#queue.size;
  }

  add(key: string): void {
    if (this.#shutDown || this.#dirty.has(key)) return;
    this.#dirty.add(key);
    if (this.#processing.has(key)) return;
    this.#queue.add(key);
    this.#handOut();
  }

  /** Adds the key once the delay is over; of several delays for one key, the earliest counts. */
  addAfter(key: string, delayMs: number): void {
    if (this.#shutDown) return;
    if (delayMs <= 0) {
      this.add(key);
      return;
    }
    const dueMs = this.#clock.monotonicMs() + delayMs;
    const earlier = this.#delayed.get(key);
    if (earlier !== undefined && earlier.dueMs <= dueMs) return;
    earlier?.cancel();
    const cancel = this.#clock.after(delayMs, () => {
      this.#delayed.delete(key);
      this.add(key);
    });
    this.#delayed.set(key, { dueMs, cancel });
  }

  /** Adds the key after a delay that doubles with each call, until `forget`. */
  addRateLimited(key: string): void {
    const failures = this.failures(key);
    this.#failures.set(key, failures + 1);
    this.addAfter(key, Math.min(this.#retry.maxMs, this.#retry.baseMs * 2 ** Math.min(failures, 30)));
  }

  /** How often the key was added rate-limited since it was last forgotten. */
  failures(key: string): number {
    return this.#failures.get(key) ?? 0;
  }

  /** The key succeeded (or is given up): its next failure is the first again. */
  forget(key: string): void {
    this.#failures.delete(key);
  }

  /** The next key, when there is one; undefined once the queue is shut down. Every key taken must be given to `done`. */
  take(): Promise<string | undefined> {
    if (this.#shutDown) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      this.#takers.push(resolve);
      this.#handOut();
    });
  }

  done(key: string): void {
    this.#processing.delete(key);
    if (!this.#dirty.has(key) || this.#shutDown) return;
    this.#queue.add(key);
    this.#handOut();
  }

  /** Drops everything that waits and lets the takers go. */
  shutDown(): void {
    this.#shutDown = true;
    for (const { cancel } of this.#delayed.values()) cancel();
    this.#delayed.clear();
    this.#queue.clear();
    this.#dirty.clear();
    for (const take of this.#takers.splice(0)) take(undefined);
  }

  #handOut(): void {
    for (const key of this.#queue) {
      const take = this.#takers.shift();
      if (take === undefined) return;
      this.#queue.delete(key);
      this.#dirty.delete(key);
      this.#processing.add(key);
      take(key);
    }
  }
}
