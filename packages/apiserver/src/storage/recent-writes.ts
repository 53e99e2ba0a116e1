import { recentWritesMax } from '../limits.js';
import type { StoredObject } from './stored-object.js';

/**
 * What this server has written, until the watch caches hear of it: they then hold the same object, so that it need not be decoded
 * and encoded again. Only a help: what is forgotten is read from the event.
 */
export class RecentWrites {
  readonly #byKey = new Map<string, StoredObject>();

  add(object: StoredObject): void {
    this.#byKey.delete(object.key); // so that it counts as the newest
    this.#byKey.set(object.key, object);
    if (this.#byKey.size <= recentWritesMax) return;
    for (const oldest of this.#byKey.keys()) {
      this.#byKey.delete(oldest);
      return;
    }
  }

  /** @returns undefined unless this very write is here */
  take(key: string, modRevision: number): StoredObject | undefined {
    const object = this.#byKey.get(key);
    if (object === undefined || object.modRevision > modRevision) return undefined;
    this.#byKey.delete(key);
    return object.modRevision === modRevision ? object : undefined;
  }
}
