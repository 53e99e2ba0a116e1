import type { KeyValueStore } from '@flotilla/store-client';
import { keyBytes } from './keys.js';
import { throughStore } from './store-failure.js';

/**
 * Asks the store for its current revision. Reads that arrive while a question is on its way share the next one: a
 * question that was already sent might be answered with a revision older than a write they must see.
 */
export class CurrentRevision {
  readonly #store: KeyValueStore;
  readonly #probe: Uint8Array;
  #running: Promise<number> | undefined;
  #next: Promise<number> | undefined;

  /** @param prefix any key below which nothing large lies */
  constructor(store: KeyValueStore, prefix: string) {
    this.#store = store;
    this.#probe = keyBytes(`${prefix}/revision-probe`);
  }

  /** At least the revision of every write that was acknowledged before the call. */
  read(): Promise<number> {
    if (this.#running === undefined) {
      this.#running = this.#ask();
      return this.#running;
    }
    this.#next ??= this.#running.then(noop, noop).then(() => {
      this.#next = undefined;
      this.#running = this.#ask();
      return this.#running;
    });
    return this.#next;
  }

  async #ask(): Promise<number> {
    const asked = throughStore(this.#store.range({ key: this.#probe, countOnly: true }));
    try {
      return (await asked).revision;
    } finally {
      this.#running = undefined;
    }
  }
}

function noop(): void {}
