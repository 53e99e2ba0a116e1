import type { CacheEvent } from './cache-event.js';

/** The most recent events of one resource, oldest first. Full: the oldest are forgotten. */
export class EventWindow {
  readonly #capacity: number;
  #events: CacheEvent[] = [];
  #floor: number;

  constructor(capacity: number, floor: number) {
    this.#capacity = capacity;
    this.#floor = floor;
  }

  /** Every event after this revision is here. */
  get floor(): number {
    return this.#floor;
  }

  push(event: CacheEvent): void {
    this.#events.push(event);
    // Trimming half at a time makes it constant per event.
    if (this.#events.length >= this.#capacity * 2) this.#trim(this.#events.length - this.#capacity);
  }

  /** @returns undefined when some of them have been forgotten */
  after(revision: number): readonly CacheEvent[] | undefined {
    if (revision < this.#floor) return undefined;
    let low = 0;
    let high = this.#events.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#events[middle]?.revision ?? 0) <= revision) low = middle + 1;
      else high = middle;
    }
    return this.#events.slice(low);
  }

  #trim(count: number): void {
    const last = this.#events[count - 1];
    if (last === undefined) return;
    // A revision may have changed several objects: it is forgotten as a whole, so the floor is what was cut last.
    this.#floor = last.revision;
    this.#events = this.#events.slice(count);
  }
}
