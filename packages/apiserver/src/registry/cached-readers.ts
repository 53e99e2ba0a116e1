import type { Definition, KubernetesObject } from '@flotilla/api';
import type { Caches } from '../storage/caches.js';
import type { Keys } from '../storage/keys.js';
import type { View } from '../storage/view.js';
import type { CachedReader } from './registry.js';

const nothing: readonly KubernetesObject[] = [];

/** Live views of the caches. Every write looks into a dozen of them: one is made for each definition, and is there at once. */
export class CachedReaders {
  readonly #keys: Keys;
  readonly #caches: Caches;
  readonly #readers = new WeakMap<Definition, CachedReader>();

  constructor(keys: Keys, caches: Caches) {
    this.#keys = keys;
    this.#caches = caches;
  }

  /** @returns a promise where the cache has to be filled first, or its objects have to be converted by somebody else */
  of(definition: Definition): CachedReader | Promise<CachedReader> {
    const cache = this.#caches.of(definition);
    const view = this.#caches.view(definition);
    if (view.prepare !== undefined) return this.#converted(definition, view, view.prepare);
    let reader = this.#readers.get(definition);
    if (reader === undefined) {
      reader = this.#reader(definition, view);
      this.#readers.set(definition, reader);
    }
    const ready = reader;
    return cache.isFilled ? ready : cache.snapshot().then(() => ready);
  }

  #reader(definition: Definition, view: View): CachedReader {
    const keys = this.#keys;
    const current = () => this.#caches.of(definition).current.objects;
    return {
      get(namespace, name) {
        const stored = current().get(keys.object(definition, namespace, name));
        return stored === undefined ? undefined : view.of(stored).object;
      },
      list(namespace) {
        const objects = current();
        return objects.size === 0 ? nothing : shown(objects.withPrefix(keys.collection(definition, namespace)), view);
      },
    };
  }

  /** Of what is there now: what comes later nobody has converted. */
  async #converted(definition: Definition, view: View, prepare: NonNullable<View['prepare']>): Promise<CachedReader> {
    const keys = this.#keys;
    const { objects } = await this.#caches.of(definition).snapshot();
    const prepared = [...objects.withPrefix(keys.resource(definition.storagePath))];
    await prepare.call(view, prepared);
    const below = (prefix: string) =>
      prepared.filter(({ key }) => key.startsWith(prefix)).map((stored) => view.of(stored).object);
    return {
      get: (namespace, name) => below(keys.object(definition, namespace, name)).find((object) => object.metadata.name === name),
      list: (namespace) => below(keys.collection(definition, namespace)),
    };
  }
}

function* shown(stored: Iterable<Parameters<View['of']>[0]>, view: View): Iterable<KubernetesObject> {
  for (const each of stored) yield view.of(each).object;
}
