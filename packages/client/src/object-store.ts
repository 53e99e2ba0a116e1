import type { KubernetesObject, Persisted } from '@flotilla/api';
import { defined } from '@flotilla/base';
import { keyOf } from './resource-type.js';

/** The values under which an object is found: none, one or several. Must depend on the object alone. */
export type IndexFunction<T extends KubernetesObject> = (object: Persisted<T>) => readonly string[];

/** What readers of a cache see: the last known state, which may be behind the server's. */
export interface ObjectReader<T extends KubernetesObject> {
  /** @param key `namespace/name`, or the name alone for what has no namespace */
  get(key: string): Persisted<T> | undefined;
  list(): readonly Persisted<T>[];
  /** In no particular order. */
  byIndex(index: string, value: string): readonly Persisted<T>[];
  readonly size: number;
}

type Bucket<T extends KubernetesObject> = Map<string, Persisted<T>>;

interface Index<T extends KubernetesObject> {
  readonly valuesOf: IndexFunction<T>;
  readonly buckets: Map<string, Bucket<T>>;
}

/** Objects by key, and by any number of indexes that are always up to date with them. */
export class ObjectStore<T extends KubernetesObject> implements ObjectReader<T> {
  readonly #objects = new Map<string, Persisted<T>>();
  readonly #indexes = new Map<string, Index<T>>();

  get size(): number {
    return this.#objects.size;
  }

  get(key: string): Persisted<T> | undefined {
    return this.#objects.get(key);
  }

  list(): readonly Persisted<T>[] {
    return [...this.#objects.values()];
  }

  keys(): readonly string[] {
    return [...this.#objects.keys()];
  }

  byIndex(index: string, value: string): readonly Persisted<T>[] {
    const bucket = defined(this.#indexes.get(index), `the index ${index} was added`).buckets.get(value);
    return bucket === undefined ? [] : [...bucket.values()];
  }

  hasIndex(name: string): boolean {
    return this.#indexes.has(name);
  }

  /** Adding an index that is there already does nothing: users of a shared cache ask for the same ones. */
  addIndex(name: string, valuesOf: IndexFunction<T>): void {
    if (this.#indexes.has(name)) return;
    const index = { valuesOf, buckets: new Map<string, Bucket<T>>() };
    this.#indexes.set(name, index);
    for (const [key, object] of this.#objects) insert(index, key, object);
  }

  /** @returns what was there before */
  set(object: Persisted<T>): Persisted<T> | undefined {
    const key = keyOf(object);
    const old = this.#objects.get(key);
    this.#objects.set(key, object);
    for (const index of this.#indexes.values()) {
      if (old !== undefined) remove(index, key, old);
      insert(index, key, object);
    }
    return old;
  }

  /** @returns what was there */
  delete(key: string): Persisted<T> | undefined {
    const old = this.#objects.get(key);
    if (old === undefined) return undefined;
    this.#objects.delete(key);
    for (const index of this.#indexes.values()) remove(index, key, old);
    return old;
  }
}

function insert<T extends KubernetesObject>(index: Index<T>, key: string, object: Persisted<T>): void {
  for (const value of index.valuesOf(object)) {
    const bucket = index.buckets.get(value);
    if (bucket === undefined) index.buckets.set(value, new Map([[key, object]]));
    else bucket.set(key, object);
  }
}

function remove<T extends KubernetesObject>(index: Index<T>, key: string, object: Persisted<T>): void {
  for (const value of index.valuesOf(object)) {
    const bucket = index.buckets.get(value);
    bucket?.delete(key);
    if (bucket?.size === 0) index.buckets.delete(value);
  }
}
