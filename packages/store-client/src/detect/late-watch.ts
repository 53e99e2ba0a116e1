import { isStoreError, type WatchRequest, type WatchResponse } from '@flotilla/mvcc';
import type { KeyValueStore, WatchStream } from '../key-value-store.js';

/** A watch on a store that is still being opened. */
export class LateWatch implements WatchStream {
  readonly created: Promise<number>;
  readonly #stream: Promise<WatchStream>;
  readonly #cancel: Promise<void>;
  cancel: () => void = () => {};

  constructor(store: Promise<KeyValueStore>, request: WatchRequest) {
    this.#cancel = new Promise((resolve) => {
      this.cancel = resolve;
    });
    this.#stream = store.then((opened) => {
      const stream = opened.watch(request);
      void this.#cancel.then(() => stream.cancel());
      return stream;
    });
    this.created = this.#stream.then(({ created }) => created);
    this.created.catch(() => {}); // whoever does not await it learns of the error by iterating
  }

  requestProgress(): void {
    this.#stream.then(
      (stream) => stream.requestProgress(),
      () => {},
    );
  }

  async *[Symbol.asyncIterator](): AsyncIterator<WatchResponse, undefined> {
    try {
      const stream = await Promise.race([this.#stream, this.#cancel]);
      if (stream !== undefined) yield* stream;
    } catch (error) {
      if (!isStoreError(error, 'cancelled')) throw error; // the client was closed: that ends watches, it breaks none
    }
    return undefined;
  }
}
