import type { WatchRequest, WatchResponse } from '@flotilla/mvcc';
import type { WatchStream } from '../key-value-store.js';
import { watchWindowBytes } from '../limits.js';

/** What a watch asks of the connection it is on, if any. */
export interface WatchLink {
  acknowledge(watch: RemoteWatch, bytes: number): void;
  progress(watch: RemoteWatch): void;
  cancelled(watch: RemoteWatch): void;
}

interface Waiter {
  resolve(result: IteratorResult<WatchResponse, undefined>): void;
  reject(error: unknown): void;
}

/**
 * A watch that outlives connections: it remembers the next revision it needs, and is created again from there.
 * Unread responses are bounded, because the server sends no more than a window beyond what was acknowledged.
 */
export class RemoteWatch implements WatchStream, AsyncIterator<WatchResponse, undefined> {
  readonly id: number;
  readonly created: Promise<number>;
  readonly #request: WatchRequest;
  readonly #link: WatchLink;
  readonly #unread: { readonly response: WatchResponse; readonly bytes: number }[] = [];
  readonly #waiters: Waiter[] = [];
  #resolveCreated: (revision: number) => void = () => {};
  #rejectCreated: (error: unknown) => void = () => {};
  #next: number;
  #unacknowledged = 0;
  #progressWanted = false;
  #end: { readonly error?: unknown } | undefined;

  constructor(id: number, request: WatchRequest, link: WatchLink) {
    this.id = id;
    this.#request = request;
    this.#link = link;
    this.#next = request.startRevision ?? 0;
    this.created = new Promise((resolve, reject) => {
      this.#resolveCreated = resolve;
      this.#rejectCreated = reject;
    });
    this.created.catch(() => {}); // whoever does not await it learns of the error by iterating
  }

  /** The request to make on a new connection. */
  resumption(): WatchRequest {
    this.#unacknowledged = 0;
    return { ...this.#request, startRevision: this.#next };
  }

  onCreated(revision: number): void {
    if (this.#next === 0) this.#next = revision + 1;
    this.#resolveCreated(revision);
    if (this.#progressWanted) this.#link.progress(this); // the question may have got lost with a connection
  }

  onResponse(response: WatchResponse, bytes: number): void {
    if (this.#end !== undefined) return;
    // Events below `next` were delivered on an earlier connection; progress marks may repeat.
    if (response.events.length > 0 && response.revision < this.#next) {
      this.#consumed(bytes);
      return;
    }
    this.#next = Math.max(this.#next, response.revision + 1);
    if (response.events.length === 0) this.#progressWanted = false;
    const waiter = this.#waiters.shift();
    if (waiter === undefined) this.#unread.push({ response, bytes });
    else {
      waiter.resolve({ done: false, value: response });
      this.#consumed(bytes);
    }
  }

  /** Ends the iteration after what is unread; with an error, by throwing it. */
  onEnd(end: { readonly error?: unknown }): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    this.#rejectCreated(end.error ?? new Error('the watch was cancelled'));
    for (const waiter of this.#waiters.splice(0)) this.#settle(waiter, end);
  }

  requestProgress(): void {
    if (this.#end !== undefined) return;
    this.#progressWanted = true;
    this.#link.progress(this);
  }

  cancel(): void {
    if (this.#end !== undefined) return;
    this.#unread.length = 0;
    this.onEnd({});
    this.#link.cancelled(this);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<WatchResponse, undefined>> {
    const unread = this.#unread.shift();
    if (unread !== undefined) {
      this.#consumed(unread.bytes);
      return Promise.resolve({ done: false, value: unread.response });
    }
    return new Promise((resolve, reject) => {
      const waiter = { resolve, reject };
      if (this.#end === undefined) this.#waiters.push(waiter);
      else this.#settle(waiter, this.#end);
    });
  }

  async return(): Promise<IteratorResult<WatchResponse, undefined>> {
    this.cancel();
    return { done: true, value: undefined };
  }

  #settle(waiter: Waiter, end: { readonly error?: unknown }): void {
    if (end.error === undefined) waiter.resolve({ done: true, value: undefined });
    else waiter.reject(end.error);
  }

  #consumed(bytes: number): void {
    this.#unacknowledged += bytes;
    if (this.#unacknowledged < watchWindowBytes / 4) return;
    this.#link.acknowledge(this, this.#unacknowledged);
    this.#unacknowledged = 0;
  }
}
