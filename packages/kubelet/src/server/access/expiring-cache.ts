import type { Clock } from '@flotilla/base';

interface Entry<T> {
  readonly value: T;
  readonly expiresAtMs: number;
}

/** Answers that stay good for a while, each for its own. When it is full, the oldest goes. */
export class ExpiringCache<T> {
  readonly #clock: Clock;
  readonly #entriesMax: number;
  readonly #entries = new Map<string, Entry<T>>();

  constructor(clock: Clock, entriesMax: number) {
    this.#clock = clock;
    this.#entriesMax = entriesMax;
  }

  get(key: string): T | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    if (entry.expiresAtMs > this.#clock.monotonicMs()) return entry.value;
    this.#entries.delete(key);
    return undefined;
  }

  set(key: string, value: T, ttlMs: number): void {
    this.#entries.delete(key);
    this.#entries.set(key, { value, expiresAtMs: this.#clock.monotonicMs() + ttlMs });
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#entriesMax) return;
      this.#entries.delete(oldest);
    }
  }
}
