import type { StoredObject } from './stored-object.js';

/**
 * The objects of one resource by key, in key order. Keys are ASCII, so that the order of strings is that of the store's bytes.
 * Lookup is constant; insertion moves the tail of one array, which stays cheap far beyond 100,000 objects.
 */
export class SortedObjects {
  readonly #byKey = new Map<string, StoredObject>();
  readonly #keys: string[] = [];

  get size(): number {
    return this.#keys.length;
  }

  get(key: string): StoredObject | undefined {
    return this.#byKey.get(key);
  }

  set(object: StoredObject): void {
    if (!this.#byKey.has(object.key)) {
      const last = this.#keys.at(-1);
      if (last === undefined || last < object.key) this.#keys.push(object.key);
      else this.#keys.splice(this.#lowerBound(object.key), 0, object.key);
    }
    this.#byKey.set(object.key, object);
  }

  delete(key: string): void {
    if (this.#byKey.delete(key)) this.#keys.splice(this.#lowerBound(key), 1);
  }

  clear(): void {
    this.#byKey.clear();
    this.#keys.length = 0;
  }

  /** In key order. The objects must not change while this runs. */
  *withPrefix(prefix: string): Generator<StoredObject> {
    for (let i = this.#lowerBound(prefix); i < this.#keys.length; i++) {
      const key = this.#keys[i];
      if (key === undefined || !key.startsWith(prefix)) return;
      const object = this.#byKey.get(key);
      if (object !== undefined) yield object;
    }
  }

  #lowerBound(key: string): number {
    let low = 0;
    let high = this.#keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#keys[middle] ?? '') < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
