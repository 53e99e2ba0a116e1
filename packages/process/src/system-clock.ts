import { randomFillSync } from 'node:crypto';
import type { Clock, Random } from '@flotilla/base';

/** The machine's own clock. */
export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  after(delayMs, fn) {
    const timer = setTimeout(fn, delayMs);
    return () => clearTimeout(timer);
  },
};

const word = new Uint32Array(1);

/** The machine's own entropy: safe for names and jitter that an adversary should not guess. */
export const systemRandom: Random = {
  next() {
    randomFillSync(word);
    return (word[0] ?? 0) / 2 ** 32;
  },
};
