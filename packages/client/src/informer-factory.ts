import { setMaxListeners } from 'node:events';
import type { KubernetesObject } from '@flotilla/api';
import type { ApiClient } from './api-client.js';
import { Informer, type InformerOptions } from './informer.js';
import type { ResourceType } from './resource-type.js';

interface Shared {
  // Of whichever kind: the factory only runs and waits for it.
  readonly informer: { run(signal: AbortSignal): Promise<void>; synced(signal: AbortSignal): Promise<void> };
  readonly stop: AbortController;
  /** How many have asked for it and not released it. */
  users: number;
}

/** One informer per resource and selection, shared by everyone in the process who asks for it. */
export class InformerFactory {
  readonly #client: ApiClient;
  readonly #defaults: Pick<InformerOptions, 'initialResourceVersion'>;
  readonly #shared = new Map<string, Shared>();
  #start: ((shared: Shared) => void) | undefined;

  constructor(client: ApiClient, defaults: Pick<InformerOptions, 'initialResourceVersion'> = {}) {
    this.#client = client;
    this.#defaults = defaults;
  }

  informer<T extends KubernetesObject>(type: ResourceType<T>, options: InformerOptions = {}): Informer<T> {
    const { namespace, labelSelector, fieldSelector } = options;
    const key = JSON.stringify([type.group, type.version, type.plural, namespace, labelSelector, fieldSelector]);
    const known = this.#shared.get(key);
    if (known !== undefined) {
      known.users++;
      return known.informer as unknown as Informer<T>; // a resource has one type, and it is in the key
    }
    const informer = new Informer<T>(this.#client.resource<T>(type), { ...this.#defaults, ...options });
    const shared = { informer, stop: new AbortController(), users: 1 };
    this.#shared.set(key, shared);
    this.#start?.(shared);
    return informer;
  }

  /**
   * One who asked for this informer needs it no more, and has removed its handlers. The last one ends it: for resources that come and go;
   * whoever needs an informer for good never calls this.
   */
  release(informer: Shared['informer']): void {
    for (const [key, shared] of this.#shared) {
      if (shared.informer !== informer) continue;
      shared.users--;
      if (shared.users > 0) return;
      this.#shared.delete(key);
      shared.stop.abort();
      return;
    }
  }

  /** Runs all informers, those asked for later too, until the signal aborts. Rejects when a handler throws. */
  run(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return resolve();
      setMaxListeners(0, signal); // every informer, and every request of theirs, listens to it
      const running = new Set<Promise<void>>();
      this.#start = ({ informer, stop }) => {
        setMaxListeners(0, stop.signal);
        signal.addEventListener('abort', () => stop.abort(signal.reason), { once: true, signal: stop.signal });
        const run = informer.run(stop.signal);
        running.add(run);
        run.then(() => running.delete(run), reject);
      };
      for (const shared of this.#shared.values()) this.#start(shared);
      const stop = () => {
        this.#start = undefined;
        Promise.all(running).then(() => resolve(), reject);
      };
      signal.addEventListener('abort', stop, { once: true });
    });
  }

  /** Until every informer asked for so far has its first list. @throws the signal's reason */
  async synced(signal: AbortSignal): Promise<void> {
    await Promise.all([...this.#shared.values()].map(({ informer }) => informer.synced(signal)));
  }
}
