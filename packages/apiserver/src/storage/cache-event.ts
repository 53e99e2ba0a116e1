import type { KubernetesObject, StatusError } from '@flotilla/api';
import { assert } from '@flotilla/base';
import type { EncodedObject, WatchEvent, WatchEventType } from '../registry/registry.js';
import { encodedOnce } from './encoded-once.js';
import type { StoredObject } from './stored-object.js';
import type { View } from './view.js';

/** One change of one object. Everything that is derived from it is made once, for all watchers. */
export class CacheEvent {
  readonly revision: number;
  readonly key: string;
  /** Absent: deleted. */
  readonly object: StoredObject | undefined;
  /** Absent: created. */
  readonly previous: StoredObject | undefined;
  #gone: StoredObject | undefined;
  /** One for each type and view that somebody watches. */
  readonly #shown: { readonly type: WatchEventType; readonly view: View; readonly event: WatchEvent }[] = [];

  constructor(revision: number, key: string, object: StoredObject | undefined, previous: StoredObject | undefined) {
    this.revision = revision;
    this.key = key;
    this.object = object;
    this.previous = previous;
  }

  /** What was there before, under the revision of this change: for those from whose sight the object vanishes. */
  get gone(): StoredObject {
    assert(this.previous !== undefined, 'only what was there can be gone');
    this.#gone ??= this.previous.at(this.revision);
    return this.#gone;
  }

  /** The event for all watchers that see this change in this way. */
  as(type: 'ADDED' | 'MODIFIED' | 'DELETED', view: View): WatchEvent {
    const shown = this.#shown.find((each) => each.type === type && each.view === view);
    if (shown !== undefined) return shown.event;
    const object = type === 'DELETED' ? this.gone : this.object;
    assert(object !== undefined, 'only what is there was added or changed');
    const event = watchEvent(type, view.of(object), type === 'MODIFIED' ? () => view.of(this.gone) : undefined);
    this.#shown.push({ type, view, event });
    return event;
  }
}

const lineEnd = Buffer.from('}\n');
const chunkEnd = Buffer.from('\r\n');

/** An event of its own; its texts are made when they are first asked for. */
export function watchEvent(type: WatchEventType, encoded: EncodedObject, before?: () => EncodedObject): WatchEvent {
  return new EncodedEvent(type, encoded, before);
}

/** The last event of a watch that cannot go on. */
export function errorEvent({ status }: StatusError): WatchEvent {
  return watchEvent('ERROR', encodedOnce(status as KubernetesObject)); // has no metadata, but every other member that an encoder needs
}

class EncodedEvent implements WatchEvent {
  readonly type: WatchEventType;
  readonly encoded: EncodedObject;
  #chunk: Buffer | undefined;
  readonly #before: (() => EncodedObject) | undefined;
  #lineStart = 0;

  constructor(type: WatchEventType, encoded: EncodedObject, before: (() => EncodedObject) | undefined) {
    this.type = type;
    this.encoded = encoded;
    this.#before = before;
  }

  get before(): EncodedObject | undefined {
    return this.#before?.();
  }

  get object(): EncodedObject['object'] {
    return this.encoded.object;
  }

  /** Lies in the chunk: there is one copy of the text. */
  get bytes(): Uint8Array {
    const { chunk } = this;
    return chunk.subarray(this.#lineStart, chunk.length - chunkEnd.length);
  }

  get chunk(): Buffer {
    this.#chunk ??= this.#encode();
    return this.#chunk;
  }

  #encode(): Buffer {
    const lineStart = Buffer.from(`{"type":"${this.type}","object":`);
    const { bytes } = this.encoded;
    const size = Buffer.from(`${(lineStart.length + bytes.length + lineEnd.length).toString(16)}\r\n`);
    this.#lineStart = size.length;
    return Buffer.concat([size, lineStart, bytes, lineEnd, chunkEnd]);
  }
}
