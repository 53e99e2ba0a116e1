import type { Clock } from '@flotilla/base';

interface Entry {
  backoffMs: number;
  lastUpdateMs: number;
}

/**
 * How long something that keeps failing has to wait: not at all the first time, then `initialMs`, doubling to `maxMs`. What has gone
 * well for twice `maxMs` starts over. Kept in memory only, as in Kubernetes: a restarted kubelet tries at once.
 */
export class RestartBackoff {
  readonly #entries = new Map<string, Entry>();
  readonly #clock: Clock;
  readonly #limits: { readonly initialMs: number; readonly maxMs: number };

  constructor(clock: Clock, limits: { readonly initialMs: number; readonly maxMs: number }) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /** @param failedAtMs when it failed last, on the wall clock @returns milliseconds still to wait; 0 when it may be tried */
  remainingMs(key: string, failedAtMs: number): number {
    const entry = this.#entries.get(key);
    if (entry === undefined || this.#expired(entry, failedAtMs)) return 0;
    return Math.max(0, failedAtMs + entry.backoffMs - this.#clock.wallMs());
  }

  /** The wait that applies now, in milliseconds: for messages. */
  currentMs(key: string): number {
    return this.#entries.get(key)?.backoffMs ?? 0;
  }

  /** To be called when it is tried again after a failure. */
  next(key: string, failedAtMs: number): void {
    const entry = this.#entries.get(key);
    const fresh = entry === undefined || this.#expired(entry, failedAtMs);
    const backoffMs = fresh ? this.#limits.initialMs : Math.min(entry.backoffMs * 2, this.#limits.maxMs);
    this.#entries.set(key, { backoffMs, lastUpdateMs: this.#clock.wallMs() });
  }

  /** Forgets every key that begins so. */
  forget(prefix: string): void {
    for (const key of this.#entries.keys()) if (key.startsWith(prefix)) this.#entries.delete(key);
  }

  #expired(entry: Entry, failedAtMs: number): boolean {
    return failedAtMs - entry.lastUpdateMs > 2 * this.#limits.maxMs;
  }
}
