import type { KubernetesObject } from '@flotilla/api';
import { assert } from '@flotilla/base';

const metadataStart = Buffer.from('"metadata":{');

/** An object on its way to the store. */
export interface Storable {
  /** Without resourceVersion, in the order of its text. Whoever made it changes it no more. */
  readonly object: KubernetesObject;
  readonly bytes: Uint8Array;
}

/** What is stored of an object. The type and the metadata come first: `StoredObject` relies on it. */
export function storable({ apiVersion, kind, metadata, ...rest }: KubernetesObject): Storable {
  const { resourceVersion: _revision, selfLink: _link, ...kept } = metadata as Record<string, unknown>; // read as plain JSON
  const object = { kind, apiVersion, metadata: kept, ...rest } as KubernetesObject; // the same members, but for those two
  return { object, bytes: Buffer.from(JSON.stringify(object), 'utf8') };
}

/**
 * One object at one revision, straight from the store; decoded only when somebody asks, and once.
 *
 * The store holds the JSON text without resourceVersion, because that is the revision of the write itself. The text
 * that clients get is the stored one with the resourceVersion spliced in: a read never runs JSON.stringify.
 */
export class StoredObject {
  readonly key: string;
  readonly modRevision: number;
  #bytes: Buffer;
  /** Where the resourceVersion lies in the bytes. */
  readonly #versionStart: number;
  readonly #versionEnd: number;
  /** Weak, so that memory holds the text of all objects but decodes no more of them than are in use. */
  #decoded: WeakRef<KubernetesObject> | undefined;

  /** @param decoded what `stored` says, where that is known already */
  constructor(key: string, stored: Uint8Array, modRevision: number, decoded?: KubernetesObject) {
    const text = Buffer.from(stored.buffer, stored.byteOffset, stored.byteLength);
    const found = text.indexOf(metadataStart);
    assert(found > 0, 'a stored object has metadata');
    const version = Buffer.from(`"resourceVersion":"${modRevision}",`, 'latin1');
    this.key = key;
    this.modRevision = modRevision;
    this.#versionStart = found + metadataStart.length;
    this.#versionEnd = this.#versionStart + version.length;
    this.#bytes = Buffer.concat([text.subarray(0, this.#versionStart), version, text.subarray(this.#versionStart)]);
    if (decoded !== undefined) {
      this.#decoded = new WeakRef({ ...decoded, metadata: { resourceVersion: String(modRevision), ...decoded.metadata } });
    }
  }

  /** As clients get it. Not the store's own memory, of which it may be a small part. */
  get bytes(): Buffer {
    return this.#bytes;
  }

  /** Shared by everybody: never change it. */
  get object(): KubernetesObject {
    const known = this.#decoded?.deref();
    if (known !== undefined) return known;
    const object = JSON.parse(this.#bytes.toString('utf8')) as KubernetesObject; // only storables lie below our prefixes
    this.#decoded = new WeakRef(object);
    return object;
  }

  /** Whether exactly this, without resourceVersion, is stored. */
  holds(stored: Uint8Array): boolean {
    const text = this.#bytes;
    const [start, end] = [this.#versionStart, this.#versionEnd];
    return (
      stored.length === text.length - (end - start) &&
      text.compare(stored, 0, start, 0, start) === 0 &&
      text.compare(stored, start, stored.length, end) === 0
    );
  }

  /** The same content under another revision: what a DELETED event carries. */
  at(revision: number): StoredObject {
    const stored = Buffer.concat([this.#bytes.subarray(0, this.#versionStart), this.#bytes.subarray(this.#versionEnd)]);
    const known = this.#decoded?.deref();
    if (known === undefined) return new StoredObject(this.key, stored, revision);
    const { resourceVersion: _, ...metadata } = known.metadata;
    return new StoredObject(this.key, stored, revision, { ...known, metadata });
  }

  /** Lays the text at `offset` of a larger one, where it lies from now on. @returns where it ends */
  moveTo(text: Buffer, offset: number): number {
    const end = offset + this.#bytes.copy(text, offset);
    this.#bytes = text.subarray(offset, end);
    return end;
  }
}

/** Whether these bytes are an object as `storable` writes it, as far as one can tell without decoding. */
export function isStoredObject(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).indexOf(metadataStart) > 0;
}
