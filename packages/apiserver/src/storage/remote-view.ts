import type { KubernetesObject, RemoteConversion } from '@flotilla/api';
import { assert } from '@flotilla/base';
import type { EncodedObject, WatchEvent } from '../registry/registry.js';
import { watchEvent } from './cache-event.js';
import { encodedOnce } from './encoded-once.js';
import type { StoredObject } from './stored-object.js';
import type { View } from './view.js';

type Matches = (object: KubernetesObject) => boolean;

/** Shows objects as somebody else converts them: each is asked for once, whoever wants to see it. */
export class RemoteView implements View {
  readonly #conversion: RemoteConversion;
  /** By what they were converted from: itself, where it was of the wanted version already. */
  readonly #converted = new WeakMap<EncodedObject, EncodedObject>();
  readonly #underWay = new WeakMap<EncodedObject, Promise<void>>();
  readonly #events = new WeakMap<WatchEvent, WatchEvent>();

  constructor(conversion: RemoteConversion) {
    this.#conversion = conversion;
  }

  of(stored: StoredObject): EncodedObject {
    const encoded = this.#converted.get(stored);
    assert(encoded !== undefined, 'what somebody else converts is prepared before it is shown');
    return encoded;
  }

  prepare(stored: readonly StoredObject[]): Promise<void> {
    return this.#convert(stored);
  }

  /**
   * Events of stored objects, as this view shows them.
   * @param matches which objects they are about; absent: all
   * @throws StatusError
   */
  async show(events: readonly WatchEvent[], matches?: Matches): Promise<readonly WatchEvent[]> {
    const withObjects = events.filter(({ type }) => type !== 'BOOKMARK' && type !== 'ERROR');
    await this.#convert(withObjects.map(({ encoded }) => encoded));
    if (matches === undefined) return events.map((event) => this.#shown(event));
    await this.#convert(withObjects.flatMap(({ before }) => before ?? []));
    return events.flatMap((event) => this.#selected(event, matches) ?? []);
  }

  /** What an event of all objects is to those who watch some of them: objects come into sight, and vanish from it. */
  #selected(event: WatchEvent, matches: Matches): WatchEvent | undefined {
    const { type, encoded, before } = event;
    if (type === 'BOOKMARK' || type === 'ERROR') return event;
    const isSeen = (stored: EncodedObject) => matches(this.#converted.get(stored)?.object ?? stored.object);
    const is = isSeen(encoded);
    if (before === undefined) return is ? this.#shown(event) : undefined;
    const was = isSeen(before);
    if (is) return was ? this.#shown(event) : watchEvent('ADDED', this.#converted.get(encoded) ?? encoded);
    return was ? watchEvent('DELETED', this.#converted.get(before) ?? before) : undefined;
  }

  /** Events are shared by those who watch: so are their texts. */
  #shown(event: WatchEvent): WatchEvent {
    const encoded = this.#converted.get(event.encoded);
    if (encoded === undefined || encoded === event.encoded) return event;
    let shown = this.#events.get(event);
    if (shown === undefined) {
      shown = watchEvent(event.type, encoded);
      this.#events.set(event, shown);
    }
    return shown;
  }

  async #convert(given: readonly EncodedObject[]): Promise<void> {
    const missing = given.filter((each) => !this.#converted.has(each));
    const asked = missing.filter((each) => !this.#underWay.has(each));
    if (asked.length > 0) {
      const work = this.#ask(asked).finally(() => {
        for (const each of asked) this.#underWay.delete(each);
      });
      for (const each of asked) this.#underWay.set(each, work);
    }
    await Promise.all(new Set(missing.map((each) => this.#underWay.get(each))));
  }

  async #ask(asked: readonly EncodedObject[]): Promise<void> {
    const objects = asked.map(({ object }) => object);
    const converted = await this.#conversion.fromStorage(objects);
    for (const [i, each] of asked.entries()) {
      const result = converted[i];
      assert(result !== undefined, 'as many come back as were given');
      this.#converted.set(each, result === objects[i] ? each : encodedOnce(result));
    }
  }
}
