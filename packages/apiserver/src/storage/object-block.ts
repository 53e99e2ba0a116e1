import { listBlockObjectsMax } from '../limits.js';
import type { StoredObject } from './stored-object.js';

const comma = 0x2c;

/** A run of neighbours in key order, whose text is put together once for all lists that show all of them. */
export class ObjectBlock {
  readonly #objects: StoredObject[];
  #text: Buffer | undefined;

  /** @param objects in key order, at least one */
  constructor(objects: StoredObject[]) {
    this.#objects = objects;
  }

  get objects(): readonly StoredObject[] {
    return this.#objects;
  }

  get firstKey(): string {
    return this.#objects[0]?.key ?? '';
  }

  get lastKey(): string {
    return this.#objects.at(-1)?.key ?? '';
  }

  /** The objects' texts, with commas in between; their own lie in it from then on, so that there is one copy. */
  get text(): Buffer {
    this.#text ??= this.#join();
    return this.#text;
  }

  /** @returns the object that was there */
  set(object: StoredObject): StoredObject | undefined {
    const i = this.lowerBound(object.key);
    const there = this.#objects[i];
    const replaced = there?.key === object.key ? there : undefined;
    this.#objects.splice(i, replaced === undefined ? 0 : 1, object);
    this.#text = undefined;
    return replaced;
  }

  delete(key: string): void {
    const i = this.lowerBound(key);
    if (this.#objects[i]?.key !== key) return;
    this.#objects.splice(i, 1);
    this.#text = undefined;
  }

  /** @returns the second half, when there are too many */
  split(): ObjectBlock | undefined {
    if (this.#objects.length <= listBlockObjectsMax) return undefined;
    this.#text = undefined;
    return new ObjectBlock(this.#objects.splice(this.#objects.length >>> 1));
  }

  /** Of the first object whose key is not smaller; the number of objects when there is none. */
  lowerBound(key: string): number {
    let low = 0;
    let high = this.#objects.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#objects[middle]?.key ?? '') < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #join(): Buffer {
    const bytes = this.#objects.reduce((sum, object) => sum + object.bytes.length + 1, 0) - 1;
    const text = Buffer.allocUnsafeSlow(Math.max(0, bytes));
    let end = 0;
    for (const object of this.#objects) {
      if (end > 0) text[end++] = comma;
      end = object.moveTo(text, end);
    }
    return text;
  }
}
