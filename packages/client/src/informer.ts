import type { KubernetesObject, Persisted } from '@flotilla/api';
import { byNamespace, byOwnerUid, namespaceIndex, ownerUidIndex } from './indexes.js';
import { type IndexFunction, type ObjectReader, ObjectStore } from './object-store.js';
import { reflect } from './reflector.js';
import type { ResourceClient } from './resource-client.js';
import { keyOf } from './resource-type.js';

export interface InformerOptions {
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  /**
   * How fresh the first list must be. '0' (default): whatever the API server's cache holds, which may be behind.
   * '': at least everything written before the list was asked for; for those who act on what they do not see.
   */
  readonly initialResourceVersion?: '0' | '';
}

/** Called synchronously, after the cache has changed. Throwing is a bug and ends the informer. */
export interface InformerHandler<T extends KubernetesObject> {
  added?(object: Persisted<T>): void;
  updated?(before: Persisted<T>, after: Persisted<T>): void;
  /** The last state known, which need not be the last there was. */
  deleted?(object: Persisted<T>): void;
}

/**
 * A cache of one resource, kept up to date by a list and then a watch for as long as it runs. An object that is deleted
 * and made again under its old name (another uid) is seen as deleted and added.
 *
 *     const pods = new Informer<Pod>(client.resource(definition));
 *     pods.addHandler({ added: (pod) => queue.add(keyOf(pod)) });
 *     void pods.run(signal);
 *     await pods.synced(signal);
 */
export class Informer<T extends KubernetesObject> implements ObjectReader<T> {
  readonly resource: ResourceClient<T>;
  readonly options: InformerOptions;
  readonly #store = new ObjectStore<T>();
  readonly #handlers = new Set<InformerHandler<T>>();
  readonly #waiting = new Set<() => void>();
  #synced = false;
  #resourceVersion = '';

  constructor(resource: ResourceClient<T>, options: InformerOptions = {}) {
    this.resource = resource;
    this.options = options;
    this.#store.addIndex(namespaceIndex, byNamespace);
    this.#store.addIndex(ownerUidIndex, byOwnerUid);
  }

  get size(): number {
    return this.#store.size;
  }

  /** Whether the first list is in the cache, and handlers have been told of it. */
  get hasSynced(): boolean {
    return this.#synced;
  }

  /** The cache shows everything up to this version; '' before the first list. */
  get resourceVersion(): string {
    return this.#resourceVersion;
  }

  get(key: string): Persisted<T> | undefined {
    return this.#store.get(key);
  }

  list(): readonly Persisted<T>[] {
    return this.#store.list();
  }

  byIndex(index: string, value: string): readonly Persisted<T>[] {
    return this.#store.byIndex(index, value);
  }

  /** At any time; an index of that name which exists already is kept. */
  addIndex(name: string, valuesOf: IndexFunction<T>): void {
    this.#store.addIndex(name, valuesOf);
  }

  /** At any time: what the cache holds already is told as added, at once. @returns removes it */
  addHandler(handler: InformerHandler<T>): () => void {
    this.#handlers.add(handler);
    for (const object of this.#store.list()) handler.added?.(object);
    return () => {
      this.#handlers.delete(handler);
    };
  }

  /** @throws the signal's reason, when it aborts first */
  synced(signal: AbortSignal): Promise<void> {
    if (this.#synced) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const done = () => {
        signal.removeEventListener('abort', aborted);
        resolve();
      };
      const aborted = () => {
        this.#waiting.delete(done);
        reject(signal.reason);
      };
      if (signal.aborted) return aborted();
      this.#waiting.add(done);
      signal.addEventListener('abort', aborted, { once: true });
    });
  }

  /** Lists and watches until the signal aborts, then resolves. Failures of servers are waited out, never thrown. */
  run(signal: AbortSignal): Promise<void> {
    return reflect<T>(
      this.resource,
      this.options,
      {
        replace: (objects) => this.#replace(objects),
        set: (object) => this.#set(object),
        delete: (object) => this.#delete(object),
        reached: (resourceVersion) => {
          this.#resourceVersion = resourceVersion;
        },
      },
      signal,
    );
  }

  #replace(objects: readonly Persisted<T>[]): void {
    const keys = new Set(objects.map(keyOf));
    for (const object of this.#store.list()) if (!keys.has(keyOf(object))) this.#delete(object);
    for (const object of objects) this.#set(object);
    this.#synced = true;
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }

  #set(object: Persisted<T>): void {
    const before = this.#store.get(keyOf(object));
    if (before?.metadata.resourceVersion === object.metadata.resourceVersion && before.metadata.uid === object.metadata.uid)
      return;
    if (before !== undefined && before.metadata.uid !== object.metadata.uid) this.#delete(before);
    const replaced = this.#store.set(object);
    for (const handler of this.#handlers) {
      if (replaced === undefined) handler.added?.(object);
      else handler.updated?.(replaced, object);
    }
  }

  #delete(object: Persisted<T>): void {
    if (this.#store.delete(keyOf(object)) === undefined) return;
    for (const handler of this.#handlers) handler.deleted?.(object);
  }
}
