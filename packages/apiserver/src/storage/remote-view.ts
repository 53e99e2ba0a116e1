import type { KubernetesObject, RemoteConversion } from '@flotilla/api';
import { assert } from '@flotilla/base';
import type { EncodedObject, WatchEvent } from '../registry/registry.js';
import { watchEvent } from './cache-event.js';
import { encodedOnce } from './encoded-once.js';
import type { StoredObject } from './stored-object.js';
import type { View } from './view.js';

/** Shows objects as somebody else converts them: each is asked for once, whoever wants to see it. */
export class RemoteView implements View {
  readonly #conversion: RemoteConversion;
  /** By the stored object. */
  readonly #converted = new WeakMap<KubernetesObject, EncodedObject>();
  readonly #underWay = new WeakMap<KubernetesObject, Promise<void>>();
  readonly #events = new WeakMap<WatchEvent, WatchEvent>();

  constructor(conversion: RemoteConversion) {
    this.#conversion = conversion;
  }

  of(stored: StoredObject): EncodedObject {
    const encoded = this.#converted.get(stored.object);
    assert(encoded !== undefined, 'what somebody else converts is prepared before it is shown');
    return encoded.object === stored.object ? stored : encoded;
  }

  prepare(stored: readonly StoredObject[]): Promise<void> {
    return this.#convert(stored.map(({ object }) => object));
  }

  /** Events of stored objects, as this view shows them. @throws StatusError */
  async show(events: readonly WatchEvent[]): Promise<readonly WatchEvent[]> {
    const withObjects = events.filter(({ type }) => type !== 'BOOKMARK' && type !== 'ERROR');
    await this.#convert(withObjects.map(({ object }) => object));
    return events.map((event) => this.#shown(event));
  }

  /** Events are shared by those who watch: so are their texts. */
  #shown(event: WatchEvent): WatchEvent {
    const encoded = this.#converted.get(event.object);
    if (encoded === undefined || encoded.object === event.object) return event;
    let shown = this.#events.get(event);
    if (shown === undefined) {
      shown = watchEvent(event.type, encoded);
      this.#events.set(event, shown);
    }
    return shown;
  }

  async #convert(objects: readonly KubernetesObject[]): Promise<void> {
    const missing = objects.filter((object) => !this.#converted.has(object));
    const asked = missing.filter((object) => !this.#underWay.has(object));
    if (asked.length > 0) {
      const work = this.#ask(asked).finally(() => {
        for (const object of asked) this.#underWay.delete(object);
      });
      for (const object of asked) this.#underWay.set(object, work);
    }
    await Promise.all(new Set(missing.map((object) => this.#underWay.get(object))));
  }

  async #ask(objects: readonly KubernetesObject[]): Promise<void> {
    const converted = await this.#conversion.fromStorage(objects);
    for (const [i, object] of objects.entries()) {
      const result = converted[i];
      assert(result !== undefined, 'as many come back as were given');
      this.#converted.set(object, encodedOnce(result));
    }
  }
}
