import type { Cancel, Clock } from './clock.js';

interface Timer {
  readonly dueMs: number;
  readonly order: number;
  readonly fn: () => void;
}

/** A clock that moves only when told to; timers due at the same instant run in the order they were set. */
export class ManualClock implements Clock {
  #nowMs = 0;
  #wallOffsetMs: number;
  #order = 0;
  readonly #timers = new Set<Timer>();

  constructor(wallMs = 1_700_000_000_000) {
    this.#wallOffsetMs = wallMs;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  wallMs(): number {
    return this.#wallOffsetMs + this.#nowMs;
  }

  after(delayMs: number, fn: () => void): Cancel {
    const timer = {
      dueMs: this.#nowMs + Math.max(0, delayMs),
      order: this.#order++,
      fn,
    };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Moves time forward, running every timer that falls due on the way, each at its own instant. */
  advance(byMs: number): void {
    const untilMs = this.#nowMs + byMs;
    for (let next = this.#next(untilMs); next !== undefined; next = this.#next(untilMs)) {
      this.#timers.delete(next);
      this.#nowMs = Math.max(this.#nowMs, next.dueMs);
      next.fn();
    }
    this.#nowMs = untilMs;
  }

  /** Moves the wall clock alone, as an operator or NTP would. */
  jumpWall(byMs: number): void {
    this.#wallOffsetMs += byMs;
  }

  /** Number of timers set and not yet run: a test's way to see that everything was cleaned up. */
  get pending(): number {
    return this.#timers.size;
  }

  #next(untilMs: number): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.dueMs > untilMs) continue;
      if (first === undefined || timer.dueMs < first.dueMs || (timer.dueMs === first.dueMs && timer.order < first.order)) {
        first = timer;
      }
    }
    return first;
  }
}
