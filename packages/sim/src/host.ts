import type { Cancel, Clock } from '@flotilla/base';
import type { EventQueue } from './event-queue.js';

/**
 * One machine: clocks of its own, and a process that can be killed and paused. Whatever reaches the process (timers,
 * messages, finished disk writes) goes through `guard`, so that the dead hear nothing and the paused hear it later.
 */
export class Host {
  readonly #queue: EventQueue;
  #life = 0;
  #running = false;
  #paused = false;
  readonly #held: (() => void)[] = [];
  #rate = 1;
  /** The monotonic clock at the last change of its rate, and when that was. */
  #baseMs = 0;
  #sinceMs = 0;
  #wallOffsetMs = 1_700_000_000_000;
  readonly clock: Clock = {
    monotonicMs: () => this.#monotonicMs(),
    wallMs: () => this.#wallOffsetMs + this.#monotonicMs(),
    after: (delayMs, fn) => this.#after(delayMs, fn),
  };

  constructor(queue: EventQueue) {
    this.#queue = queue;
  }

  get running(): boolean {
    return this.#running;
  }

  get paused(): boolean {
    return this.#paused;
  }

  /** Differs from life to life. */
  get life(): number {
    return this.#life;
  }

  start(): void {
    this.#life++;
    this.#running = true;
  }

  /** As `kill -9` does: nothing more happens in this process. */
  kill(): void {
    this.#life++;
    this.#running = false;
    this.#paused = false;
    this.#held.length = 0;
  }

  /** As SIGSTOP does. */
  pause(): void {
    this.#paused = this.#running;
  }

  resume(): void {
    this.#paused = false;
    const { life } = this;
    for (const run of this.#held.splice(0)) this.#queue.after(0, this.#inLife(life, run));
  }

  /** @returns a call that does nothing once this life is over, and waits out a pause */
  guard(fn: () => void): () => void {
    return this.#inLife(this.#life, fn);
  }

  /** From now on the monotonic clock runs so many times as fast as true time. */
  drift(rate: number): void {
    this.#baseMs = this.#monotonicMs();
    this.#sinceMs = this.#queue.nowMs;
    this.#rate = rate;
  }

  /** Moves the wall clock alone, as an operator or NTP would. */
  jumpWall(byMs: number): void {
    this.#wallOffsetMs += byMs;
  }

  #inLife(life: number, fn: () => void): () => void {
    const run = () => {
      if (life !== this.#life) return;
      if (this.#paused) this.#held.push(run);
      else fn();
    };
    return run;
  }

  #monotonicMs(): number {
    return this.#baseMs + (this.#queue.nowMs - this.#sinceMs) * this.#rate;
  }

  #after(delayMs: number, fn: () => void): Cancel {
    const dueMs = this.#monotonicMs() + Math.max(0, delayMs);
    let cancelled = false;
    const fire = () => {
      if (cancelled) return;
      // The rate may have changed meanwhile; below a microsecond it is rounding.
      if (dueMs - this.#monotonicMs() > 0.001) arm();
      else fn();
    };
    const arm = () => this.#queue.after((dueMs - this.#monotonicMs()) / this.#rate, this.guard(fire));
    const withdraw = arm();
    return () => {
      cancelled = true;
      withdraw();
    };
  }
}
