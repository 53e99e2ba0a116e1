import type { MvccStore, StoreError, Watcher, WatchRequest, WatchResponse, WatchSink } from '@flotilla/mvcc';
import type { WatchStream } from '../key-value-store.js';

/** Unread responses beyond this pause the watch; it then catches up from history. */
const unreadMax = 256;

/** A watch on a store in the same process. */
export class LocalWatch implements WatchStream, AsyncIterator<WatchResponse, undefined>, WatchSink {
  readonly created: Promise<number>;
  readonly #watcher: Watcher;
  readonly #unread: WatchResponse[] = [];
  readonly #waiters: {
    resolve: (result: IteratorResult<WatchResponse, undefined>) => void;
    reject: (error: unknown) => void;
  }[] = [];
  readonly #ended: () => void;
  #end: { readonly error?: StoreError } | undefined;

  constructor(store: MvccStore, request: WatchRequest, ended: (watch: LocalWatch) => void) {
    this.#ended = () => ended(this);
    this.created = Promise.resolve(store.revision);
    this.#watcher = store.watch(request, this);
  }

  deliver(response: WatchResponse): boolean {
    const waiter = this.#waiters.shift();
    if (waiter === undefined) this.#unread.push(response);
    else waiter.resolve({ done: false, value: response });
    return this.#unread.length < unreadMax;
  }

  cancelled(error: StoreError): void {
    this.#finish({ error });
  }

  requestProgress(): void {
    this.#watcher.requestProgress();
  }

  cancel(): void {
    this.#unread.length = 0;
    this.#finish({});
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<WatchResponse, undefined>> {
    const value = this.#unread.shift();
    if (value !== undefined) {
      if (this.#unread.length === 0) this.#watcher.resume();
      return Promise.resolve({ done: false, value });
    }
    if (this.#end?.error !== undefined) return Promise.reject(this.#end.error);
    if (this.#end !== undefined) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve, reject) => this.#waiters.push({ resolve, reject }));
  }

  async return(): Promise<IteratorResult<WatchResponse, undefined>> {
    this.cancel();
    return { done: true, value: undefined };
  }

  #finish(end: { readonly error?: StoreError }): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    this.#watcher.cancel();
    this.#ended();
    for (const { resolve, reject } of this.#waiters.splice(0)) {
      if (end.error === undefined) resolve({ done: true, value: undefined });
      else reject(end.error);
    }
  }
}
