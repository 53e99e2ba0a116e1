import { type Definition, groupResourceText } from '@flotilla/api';
import type { Clock, Logger, Random } from '@flotilla/base';
import type { KeyValueStore } from '@flotilla/store-client';
import { watchWindowEventsMax } from '../limits.js';
import { CurrentRevision } from './current-revision.js';
import type { Keys } from './keys.js';
import type { RecentWrites } from './recent-writes.js';
import { type View, viewOf } from './view.js';
import { WatchCache } from './watch-cache.js';
import type { IndexedField } from './watcher-index.js';

export interface CachesOptions {
  readonly store: KeyValueStore;
  readonly recent: RecentWrites;
  readonly keys: Keys;
  readonly prefix: string;
  /** Of events that a cache remembers, by resource as `deployments.apps`; others remember `watchWindowEventsMax`. */
  readonly windowSizes: ReadonlyMap<string, number>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

/** By which fields watchers are found, beside the name. A pod's change then concerns one kubelet's watch, not all of them. */
const indexedFields: Readonly<Record<string, readonly string[]>> = { pods: ['spec.nodeName'] };

/** One watch cache per resource, made when the resource is first read. */
export class Caches {
  readonly #options: CachesOptions;
  readonly #byPath = new Map<string, WatchCache>();
  readonly #views = new WeakMap<Definition, View>();
  readonly revision: CurrentRevision;

  constructor(options: CachesOptions) {
    this.#options = options;
    this.revision = new CurrentRevision(options.store, options.prefix);
  }

  of(definition: Definition): WatchCache {
    const { storagePath } = definition;
    let cache = this.#byPath.get(storagePath);
    if (cache === undefined) {
      const { store, recent, keys, windowSizes, clock, random, log } = this.#options;
      const { group, plural } = definition;
      const windowEventsMax = windowSizes.get(groupResourceText({ group, resource: plural })) ?? watchWindowEventsMax;
      const own = { prefix: keys.resource(storagePath), indexedFields: indexOf(definition), windowEventsMax };
      cache = new WatchCache({ store, recent, ...own, clock, random, log });
      this.#byPath.set(storagePath, cache);
    }
    return cache;
  }

  /** The cache, if somebody has needed it before. */
  existing(definition: Definition): WatchCache | undefined {
    return this.#byPath.get(definition.storagePath);
  }

  view(definition: Definition): View {
    let view = this.#views.get(definition);
    if (view === undefined) {
      view = viewOf(definition);
      this.#views.set(definition, view);
    }
    return view;
  }

  /** Ends every watch of a resource that is no longer served in this form; what clients list next is read afresh. */
  drop({ storagePath }: Definition): void {
    const cache = this.#byPath.get(storagePath);
    if (cache === undefined) return;
    this.#byPath.delete(storagePath);
    cache.close().catch((error: unknown) => this.#options.log.warn({ err: error, storagePath }, 'a watch cache did not close'));
  }

  async close(): Promise<void> {
    await Promise.all([...this.#byPath.values()].map((cache) => cache.close()));
  }
}

function indexOf(definition: Definition): readonly IndexedField[] {
  const names = [...(indexedFields[definition.storagePath] ?? []), 'metadata.name'];
  return names.flatMap((name) => {
    const read = definition.selectableFields[name];
    return read === undefined ? [] : [{ name, read: (stored) => read(stored.object) } satisfies IndexedField];
  });
}
