import type { Clock } from '@flotilla/base';

/** The lines that `up` prints: one a step, each with the seconds since the start. */
export class Progress {
  readonly #clock: Clock;
  readonly #startMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#startMs = clock.monotonicMs();
  }

  get elapsedMs(): number {
    return this.#clock.monotonicMs() - this.#startMs;
  }

  step(text: string): void {
    const seconds = (this.elapsedMs / 1_000).toFixed(1).padStart(5);
    console.log(`${seconds} s  ${text}`);
  }
}
