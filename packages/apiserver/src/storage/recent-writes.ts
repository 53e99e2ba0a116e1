import { recentWritesMax } from '../limits.js';
import { type Storable, StoredObject } from './stored-object.js';

/**
 * What this server is writing, until the watch caches hear of it, which may be before the answer comes: they and the writer then hold
 * the same object, so that it need not be decoded and encoded again. Only a help: what is forgotten is read from the event.
 */
export class RecentWrites {
  readonly #byKey = new Map<string, RecentWrite>();

  /** Before it is sent. */
  add(key: string, content: Storable): RecentWrite {
    const write = new RecentWrite(key, content);
    this.#byKey.delete(key); // so that it counts as the newest
    this.#byKey.set(key, write);
    if (this.#byKey.size > recentWritesMax) {
      const [oldest] = this.#byKey.keys();
      if (oldest !== undefined) this.#byKey.delete(oldest);
    }
    return write;
  }

  /** It was refused, or nobody knows what became of it. */
  forget(write: RecentWrite): void {
    if (this.#byKey.get(write.key) === write) this.#byKey.delete(write.key);
  }

  /** @returns the object, unless something else than the write that is known here lies in the store */
  take(key: string, stored: Uint8Array, modRevision: number): StoredObject | undefined {
    const write = this.#byKey.get(key);
    if (write === undefined || Buffer.compare(write.content.bytes, stored) !== 0) return undefined;
    this.#byKey.delete(key);
    return write.at(modRevision);
  }
}

export class RecentWrite {
  readonly key: string;
  readonly content: Storable;
  #stored: StoredObject | undefined;

  constructor(key: string, content: Storable) {
    this.key = key;
    this.content = content;
  }

  /** The object that lies in the store: the same one for all who ask. */
  at(modRevision: number): StoredObject {
    if (this.#stored?.modRevision !== modRevision) {
      this.#stored = new StoredObject(this.key, this.content.bytes, modRevision, this.content.object);
    }
    return this.#stored;
  }
}
