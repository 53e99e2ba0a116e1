/** The only source of chance in a core. */
export interface Random {
  /** A float in [0, 1). */
  next(): number;
}

/** An integer in [from, to). */
export function randomInt(random: Random, from: number, to: number): number {
  return from + Math.floor(random.next() * (to - from));
}

/** One element of a list that is not empty. */
export function pick<T>(random: Random, items: readonly T[]): T {
  const item = items[randomInt(random, 0, items.length)];
  if (item === undefined) throw new RangeError('pick: the list is empty');
  return item;
}

/**
 * A small, fast generator (mulberry32): the same seed yields the same sequence on every machine.
 * Not for secrets.
 */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return {
    next() {
      state = (state + 0x6d2b79f5) >>> 0;
      let t = state;
      t = Math.imul(t ^ (t >>> 15), t | 1);
      t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
      return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
    },
  };
}

const suffixAlphabet = 'bcdfghjklmnpqrstvwxz2456789';

/** A name suffix without vowels or look-alikes, as `generateName` appends: `randomSuffix(r, 5)` → `x7k2p`. */
export function randomSuffix(random: Random, length: number): string {
  let suffix = '';
  for (let i = 0; i < length; i++) suffix += suffixAlphabet.charAt(randomInt(random, 0, suffixAlphabet.length));
  return suffix;
}
