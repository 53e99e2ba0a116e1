/**
 * A first-in first-out queue with a fixed capacity. `push` never blocks and never drops silently:
 * it answers false when the queue is full, and the caller decides what overflow means.
 */
export class BoundedQueue<T> {
  readonly capacity: number;
  readonly #slots: (T | undefined)[];
  #head = 0;
  #size = 0;

  constructor(capacity: number) {
    if (!Number.isInteger(capacity) || capacity < 1) throw new RangeError('BoundedQueue: capacity must be a positive integer');
    this.capacity = capacity;
    this.#slots = new Array(Math.min(capacity, 16));
  }

  get size(): number {
    return this.#size;
  }

  /** @returns false when the queue is full; the item is then not in it */
  push(item: T): boolean {
    if (this.#size === this.capacity) return false;
    if (this.#size === this.#slots.length) this.#grow();
    this.#slots[(this.#head + this.#size) % this.#slots.length] = item;
    this.#size++;
    return true;
  }

  shift(): T | undefined {
    if (this.#size === 0) return undefined;
    const item = this.#slots[this.#head];
    this.#slots[this.#head] = undefined;
    this.#head = (this.#head + 1) % this.#slots.length;
    this.#size--;
    return item;
  }

  /** Takes everything out, oldest first. */
  drain(): T[] {
    const items: T[] = [];
    while (this.#size > 0) items.push(this.shift() as T); // the size says that the slot is filled
    return items;
  }

  #grow(): void {
    const grown = Math.min(this.capacity, this.#slots.length * 2);
    const items = this.drain();
    this.#slots.length = grown;
    this.#slots.fill(undefined);
    this.#head = 0;
    for (const [i, item] of items.entries()) this.#slots[i] = item;
    this.#size = items.length;
  }
}
