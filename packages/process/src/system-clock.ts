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

/** Drawn ahead, because a draw costs a system call, however few words it fills. */
const words = new Uint32Array(256);
let wordsLeft = 0;

/** The machine's own entropy: safe for names and jitter that an adversary should not guess. */
export const systemRandom: Random = {
  next() {
    if (wordsLeft === 0) {
      randomFillSync(words);
      wordsLeft = words.length;
    }
    wordsLeft -= 1;
    return (words[wordsLeft] ?? 0) / 2 ** 32;
  },
};
