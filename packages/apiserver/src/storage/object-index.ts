import type { StoredObject } from './stored-object.js';

/** Reads of an object what it is found by; undefined when it has no such thing. */
export type ReadIndexed = (object: StoredObject) => string | undefined;

/** Objects by one of their labels or fields. */
export class ObjectIndex {
  readonly #read: ReadIndexed;
  readonly #byValue = new Map<string, Map<string, StoredObject>>();

  constructor(read: ReadIndexed, objects: Iterable<StoredObject>) {
    this.#read = read;
    for (const object of objects) this.set(object, undefined);
  }

  /** @param replaced what was there under its key */
  set(object: StoredObject, replaced: StoredObject | undefined): void {
    const value = this.#read(object);
    if (replaced !== undefined) {
      const before = this.#read(replaced);
      if (before !== value) this.#remove(before, replaced.key);
    }
    if (value === undefined) return;
    const same = this.#byValue.get(value);
    if (same === undefined) this.#byValue.set(value, new Map([[object.key, object]]));
    else same.set(object.key, object);
  }

  delete(object: StoredObject): void {
    this.#remove(this.#read(object), object.key);
  }

  /** In key order. */
  find(value: string): readonly StoredObject[] {
    return [...(this.#byValue.get(value)?.values() ?? [])].sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  #remove(value: string | undefined, key: string): void {
    if (value === undefined) return;
    const same = this.#byValue.get(value);
    same?.delete(key);
    if (same?.size === 0) this.#byValue.delete(value);
  }
}
