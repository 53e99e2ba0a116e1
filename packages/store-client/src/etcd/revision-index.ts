import { type KeySpan, spanContains } from '@flotilla/mvcc';

/**
 * The keys that changed at the latest revisions. Complete from `from` to `position`; what is added beyond the capacity
 * drops the oldest.
 */
export class RevisionIndex {
  readonly #capacity: number;
  #entries: { readonly revision: number; readonly key: string }[] = [];
  #from: number;
  #position: number;

  /** @param from the first revision that will be added @param capacity changes kept, at least */
  constructor(from: number, capacity: number) {
    this.#from = from;
    this.#position = from - 1;
    this.#capacity = capacity;
  }

  get from(): number {
    return this.#from;
  }

  get position(): number {
    return this.#position;
  }

  /** @returns true: full; call `drop` before long */
  add(revision: number, keys: readonly string[]): boolean {
    for (const key of keys) this.#entries.push({ revision, key });
    this.#position = revision;
    return this.#entries.length >= 2 * this.#capacity;
  }

  /** Forgets the older half. */
  drop(): void {
    const kept = this.#entries.slice(-this.#capacity);
    const oldest = kept[0]?.revision ?? this.#position;
    // The oldest revision may have lost some of its changes.
    this.#entries = kept.filter(({ revision }) => revision > oldest);
    this.#from = oldest + 1;
  }

  /** Has a key of the span changed in [from, to]? Only what lies within the index is known. */
  changed(span: KeySpan, from: number, to: number): boolean {
    for (let i = this.#firstAt(from); i < this.#entries.length; i++) {
      const entry = this.#entries[i];
      if (entry === undefined || entry.revision > to) return false;
      if (spanContains(span, entry.key)) return true;
    }
    return false;
  }

  /** Where the entries of `revision` and later begin. */
  #firstAt(revision: number): number {
    let [low, high] = [0, this.#entries.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#entries[middle]?.revision ?? 0) < revision) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
