import type { KeyRevision } from './record.js';

/** All remembered revisions of one key, oldest first; a `version` of 0 ends a life of the key. */
export class KeyHistory {
  readonly key: string;
  #revisions: KeyRevision[] = [];

  constructor(key: string) {
    this.key = key;
  }

  get length(): number {
    return this.#revisions.length;
  }

  get revisions(): readonly KeyRevision[] {
    return this.#revisions;
  }

  /** Revisions arrive in order; the last one of those with the same `main` counts. */
  push(revision: KeyRevision): void {
    this.#revisions.push(revision);
  }

  /** @returns the key's state as of revision `main`; undefined when it did not exist then */
  at(main: number): KeyRevision | undefined {
    const found = this.#revisions[this.#lastUpTo(main)];
    return found === undefined || found.version === 0 ? undefined : found;
  }

  /** @returns the state that the change at `main` replaced */
  before(main: number): KeyRevision | undefined {
    return this.at(main - 1);
  }

  /**
   * Forgets what nobody can ask for any more: everything older than the state as of `main`, and a tombstone that
   * is older than `main` itself. A tombstone made exactly at `main` stays: a watch may start there.
   * @returns what was forgotten
   */
  compact(main: number): readonly KeyRevision[] {
    const keep = this.#lastUpTo(main);
    if (keep < 0) return [];
    const state = this.#revisions[keep];
    const drop = state !== undefined && state.version === 0 && state.main < main ? keep + 1 : keep;
    return drop === 0 ? [] : this.#revisions.splice(0, drop);
  }

  #lastUpTo(main: number): number {
    let low = 0;
    let high = this.#revisions.length;
    const last = this.#revisions[high - 1];
    if (last !== undefined && last.main <= main) return high - 1; // nearly every read is of the present
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#revisions[middle]?.main ?? 0) <= main) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}
