import type { KubernetesObject } from '@flotilla/api';
import { assert } from '@flotilla/base';

const metadataStart = Buffer.from('"metadata":{');

/**
 * One object at one revision, straight from the store; decoded only when somebody asks, and once.
 *
 * The store holds the JSON text without resourceVersion, because that is the revision of the write itself. The text
 * that clients get is the stored one with the resourceVersion spliced in: a read never runs JSON.stringify.
 */
export class StoredObject {
  readonly key: string;
  readonly modRevision: number;
  /** As clients get it. Memory of its own: the stored bytes may be a small part of a large answer of the store. */
  readonly bytes: Buffer;
  /** Where the resourceVersion lies in `bytes`. */
  readonly #versionStart: number;
  readonly #versionEnd: number;
  #object: KubernetesObject | undefined;

  constructor(key: string, stored: Uint8Array, modRevision: number) {
    const text = Buffer.from(stored.buffer, stored.byteOffset, stored.byteLength);
    const found = text.indexOf(metadataStart);
    assert(found > 0, 'a stored object has metadata');
    const version = Buffer.from(`"resourceVersion":"${modRevision}",`, 'latin1');
    this.key = key;
    this.modRevision = modRevision;
    this.#versionStart = found + metadataStart.length;
    this.#versionEnd = this.#versionStart + version.length;
    this.bytes = Buffer.concat([text.subarray(0, this.#versionStart), version, text.subarray(this.#versionStart)]);
  }

  /** Shared by everybody: never change it. */
  get object(): KubernetesObject {
    this.#object ??= JSON.parse(this.bytes.toString('utf8')) as KubernetesObject; // only encodeObject writes below our prefixes
    return this.#object;
  }

  /** As stored, without resourceVersion. */
  get stored(): Buffer {
    return Buffer.concat([this.bytes.subarray(0, this.#versionStart), this.bytes.subarray(this.#versionEnd)]);
  }

  /** The same content under another revision: what a DELETED event carries. */
  at(revision: number): StoredObject {
    return new StoredObject(this.key, this.stored, revision);
  }
}

/** Whether these bytes are an object as `encodeObject` writes it, as far as one can tell without decoding. */
export function isStoredObject(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).indexOf(metadataStart) > 0;
}

/** The bytes to store. The type and the metadata come first: `StoredObject` relies on it. */
export function encodeObject(object: KubernetesObject): Uint8Array {
  const { apiVersion, kind, metadata, ...rest } = object;
  const { resourceVersion: _revision, selfLink: _link, ...kept } = metadata as Record<string, unknown>; // read as plain JSON
  return Buffer.from(JSON.stringify({ kind, apiVersion, metadata: kept, ...rest }), 'utf8');
}
