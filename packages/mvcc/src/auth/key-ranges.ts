import { type KeySpan, keySpan } from '../bytes.js';
import type { Permission } from './auth-model.js';

interface Stretch {
  readonly start: string;
  /** Exclusive; undefined: no end. */
  end: string | undefined;
}

/** A set of keys, as stretches that neither meet nor overlap: two permissions side by side allow what crosses both. */
export class KeyRanges {
  readonly #stretches: Stretch[] = [];

  constructor(permissions: readonly Permission[]) {
    const stretches = permissions.map(({ key, rangeEnd }) => stretchOf(keySpan(key, rangeEnd)));
    for (const stretch of stretches.sort((a, b) => (a.start < b.start ? -1 : 1))) {
      const last = this.#stretches.at(-1);
      if (last === undefined || isBefore(last.end, stretch.start)) this.#stretches.push(stretch);
      else if (last.end !== undefined && (stretch.end === undefined || stretch.end > last.end)) last.end = stretch.end;
    }
  }

  /** @returns whether every key of the span is in the set */
  covers(span: KeySpan): boolean {
    const { start, end } = stretchOf(span);
    const around = this.#stretchAt(start);
    if (around === undefined || (around.end !== undefined && start >= around.end)) return false;
    return around.end === undefined || (end !== undefined && end <= around.end);
  }

  /** The last stretch that starts at or before `key`. */
  #stretchAt(key: string): Stretch | undefined {
    let [low, high] = [0, this.#stretches.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#stretches[middle]?.start ?? '') <= key) low = middle + 1;
      else high = middle;
    }
    return this.#stretches[low - 1];
  }
}

/** The key right after `key` is `key` and a zero byte. */
function stretchOf({ start, end, single }: KeySpan): Stretch {
  return { start, end: single ? `${start}\0` : end };
}

function isBefore(end: string | undefined, start: string): boolean {
  return end !== undefined && end < start;
}
