import { ConnectionError, errorCodes } from './errors.js';
import { uselessFramesMax, uselessFramesPeriodMs } from './limits.js';

/** Counts frames that cost work and say nothing: many of them within a period are an attack. */
export class UselessFrames {
  readonly #monotonicMs: () => number;
  #count = 0;
  #sinceMs: number;

  constructor(monotonicMs: () => number) {
    this.#monotonicMs = monotonicMs;
    this.#sinceMs = monotonicMs();
  }

  /** @throws ConnectionError when it is one too many */
  add(): void {
    if (++this.#count <= uselessFramesMax) return;
    const nowMs = this.#monotonicMs(); // asked seldom: frames come by the thousand
    if (nowMs - this.#sinceMs < uselessFramesPeriodMs)
      throw new ConnectionError(errorCodes.enhanceYourCalm, 'too many useless frames');
    this.#count = 0;
    this.#sinceMs = nowMs;
  }
}
