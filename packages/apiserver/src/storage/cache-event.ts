import { assert } from '@flotilla/base';
import type { EncodedObject, WatchEvent, WatchEventType } from '../registry/registry.js';
import type { StoredObject } from './stored-object.js';

/** One change of one object. Everything that is derived from it is made once, for all watchers. */
export class CacheEvent {
  readonly revision: number;
  readonly key: string;
  /** Absent: deleted. */
  readonly object: StoredObject | undefined;
  /** Absent: created. */
  readonly previous: StoredObject | undefined;
  #gone: StoredObject | undefined;

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
}

const lineFeed = Buffer.from('}\n');
const shared = new WeakMap<EncodedObject, Map<WatchEventType, WatchEvent>>();

/** The event for all watchers that see this object in this way. */
export function watchEvent(type: WatchEventType, encoded: EncodedObject): WatchEvent {
  let events = shared.get(encoded);
  if (events === undefined) {
    events = new Map();
    shared.set(encoded, events);
  }
  let event = events.get(type);
  if (event === undefined) {
    event = new EncodedEvent(type, encoded);
    events.set(type, event);
  }
  return event;
}

class EncodedEvent implements WatchEvent {
  readonly type: WatchEventType;
  readonly #encoded: EncodedObject;
  #bytes: Uint8Array | undefined;

  constructor(type: WatchEventType, encoded: EncodedObject) {
    this.type = type;
    this.#encoded = encoded;
  }

  get object(): EncodedObject['object'] {
    return this.#encoded.object;
  }

  get bytes(): Uint8Array {
    this.#bytes ??= Buffer.concat([Buffer.from(`{"type":"${this.type}","object":`), this.#encoded.bytes, lineFeed]);
    return this.#bytes;
  }
}
