/** Something that falls due; `slot` is its place in the heap, which the heap alone changes. -1: in none. */
export interface Due {
  dueMs: number;
  slot: number;
}

/** The item that falls due next, of many that come, go and change their time: each in O(log n). */
export class DeadlineHeap<T extends Due> {
  readonly #items: T[] = [];

  get size(): number {
    return this.#items.length;
  }

  peek(): T | undefined {
    return this.#items[0];
  }

  push(item: T): void {
    this.#place(item, this.#items.length);
    this.#rise(item);
  }

  remove(item: T): void {
    const last = this.#items.pop();
    if (last === undefined || last === item) {
      item.slot = -1;
      return;
    }
    this.#place(last, item.slot);
    item.slot = -1;
    this.moved(last);
  }

  /** Tells that the item's `dueMs` is another. */
  moved(item: T): void {
    this.#rise(item);
    this.#sink(item);
  }

  clear(): void {
    for (const item of this.#items.splice(0)) item.slot = -1;
  }

  #rise(item: T): void {
    for (;;) {
      const parent = this.#items[(item.slot - 1) >> 1];
      if (item.slot === 0 || parent === undefined || parent.dueMs <= item.dueMs) return;
      this.#swap(item, parent);
    }
  }

  #sink(item: T): void {
    for (;;) {
      const left = this.#items[2 * item.slot + 1];
      const right = this.#items[2 * item.slot + 2];
      const sooner = right !== undefined && left !== undefined && right.dueMs < left.dueMs ? right : left;
      if (sooner === undefined || item.dueMs <= sooner.dueMs) return;
      this.#swap(item, sooner);
    }
  }

  #swap(a: T, b: T): void {
    const { slot } = a;
    this.#place(a, b.slot);
    this.#place(b, slot);
  }

  #place(item: T, slot: number): void {
    this.#items[slot] = item;
    item.slot = slot;
  }
}
