import type { KubernetesObject } from '@flotilla/api';
import { assert } from '@flotilla/base';

const metadataStart = Buffer.from('"metadata":{');

/**
 * One object at one revision, straight from the store. Decoding and encoding are put off until somebody asks, and done once.
 *
 * The store holds the JSON text without resourceVersion, because that is the revision of the write itself. The text
 * that clients get is the stored one with the resourceVersion spliced in: a read never runs JSON.stringify.
 */
export class StoredObject {
  readonly key: string;
  readonly modRevision: number;
  readonly #stored: Uint8Array;
  #object: KubernetesObject | undefined;
  #bytes: Uint8Array | undefined;

  constructor(key: string, stored: Uint8Array, modRevision: number) {
    this.key = key;
    this.modRevision = modRevision;
    this.#stored = stored;
  }

  /** As stored, without resourceVersion. */
  get stored(): Uint8Array {
    return this.#stored;
  }

  /** Shared by everybody: never change it. */
  get object(): KubernetesObject {
    this.#object ??= JSON.parse(textOf(this.bytes)) as KubernetesObject; // only encodeObject writes below our prefixes
    return this.#object;
  }

  get bytes(): Uint8Array {
    this.#bytes ??= spliceVersion(this.#stored, this.modRevision);
    return this.#bytes;
  }

  /** The same content under another revision: what a DELETED event carries. */
  at(revision: number): StoredObject {
    return new StoredObject(this.key, this.#stored, revision);
  }
}

/** The bytes to store. The type and the metadata come first: `spliceVersion` relies on it. */
export function encodeObject(object: KubernetesObject): Uint8Array {
  const { apiVersion, kind, metadata, ...rest } = object;
  const { resourceVersion: _revision, selfLink: _link, ...kept } = metadata as Record<string, unknown>; // read as plain JSON
  return Buffer.from(JSON.stringify({ kind, apiVersion, metadata: kept, ...rest }), 'utf8');
}

function spliceVersion(stored: Uint8Array, revision: number): Uint8Array {
  const buffer = Buffer.from(stored.buffer, stored.byteOffset, stored.byteLength);
  const found = buffer.indexOf(metadataStart);
  assert(found > 0, 'a stored object has metadata');
  const at = found + metadataStart.length;
  const version = Buffer.from(`"resourceVersion":"${revision}",`, 'latin1');
  return Buffer.concat([buffer.subarray(0, at), version, buffer.subarray(at)]);
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}
