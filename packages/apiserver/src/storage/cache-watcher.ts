import type { StatusError } from '@flotilla/api';
import { BoundedQueue } from '@flotilla/base';
import { watchBatchEventsMax, watchQueueEventsMax } from '../limits.js';
import type { WatchAnswer, WatchEvent } from '../registry/registry.js';
import { type CacheEvent, errorEvent, watchEvent } from './cache-event.js';
import { encodedOnce } from './encoded-once.js';
import type { Selection } from './selection.js';
import { tooOld } from './store-failure.js';
import type { StoredObject } from './stored-object.js';
import type { View } from './view.js';

export interface WatcherOptions {
  readonly selection: Selection;
  readonly view: View;
  /** Of the bookmarks. */
  readonly type: { readonly apiVersion: string; readonly kind: string };
  readonly bookmarks: boolean;
  /** Events up to this revision are known to the client. */
  readonly after: number;
  /** Objects that the client is told of first, as ADDED. */
  readonly initial: readonly StoredObject[];
  /** Whether a bookmark says where the initial objects end. */
  readonly markInitialEnd: boolean;
  readonly signal: AbortSignal;
  onClose(watcher: CacheWatcher): void;
  /** It is ended because nobody reads it. */
  onSlow(): void;
}

const initialEventsEnd = 'k8s.io/initial-events-end';

/** One client's watch. The cache offers events and never waits; the client takes them in batches. */
export class CacheWatcher implements WatchAnswer {
  readonly #options: WatcherOptions;
  readonly #queue = new BoundedQueue<WatchEvent>(watchQueueEventsMax);
  readonly #onAbort = () => this.close();
  #initialSent = 0;
  #initialMarked: boolean;
  #failure: StatusError | undefined;
  #ended = false;
  #wake: (() => void) | undefined;
  #lastRevision: number;

  constructor(options: WatcherOptions) {
    this.#options = options;
    this.#initialMarked = !options.markInitialEnd;
    this.#lastRevision = options.after;
    options.signal.addEventListener('abort', this.#onAbort, { once: true });
    if (options.signal.aborted) this.close();
  }

  get selection(): Selection {
    return this.#options.selection;
  }

  /** Objects enter and leave the selection: what changed for the client may differ from what changed in the store. */
  offer(event: CacheEvent): void {
    if (this.#ended || event.revision <= this.#options.after) return;
    const { selection, view } = this.#options;
    const isIn = event.object !== undefined && selection.matches(event.object);
    const wasIn = event.previous !== undefined && selection.matches(event.previous);
    if (isIn) this.#push(event.as(wasIn ? 'MODIFIED' : 'ADDED', view));
    else if (wasIn) this.#push(event.as('DELETED', view));
    else return;
    this.#lastRevision = event.revision;
  }

  /** Tells an idle client that it has seen everything up to `revision`. */
  bookmark(revision: number): void {
    if (!this.#options.bookmarks || this.#ended || !this.#initialDone || this.#queue.size > 0) return;
    if (revision <= this.#lastRevision) return;
    this.#lastRevision = revision;
    this.#push(this.#bookmarkEvent(revision, false));
  }

  /** What is queued is still delivered, then the error. */
  fail(failure: StatusError): void {
    if (this.#failure !== undefined) return;
    this.#failure = failure;
    this.#release();
  }

  close(): void {
    this.#queue.drain();
    this.#initialSent = this.#options.initial.length;
    this.#initialMarked = true;
    this.#release();
  }

  async *[Symbol.asyncIterator](): AsyncIterator<readonly WatchEvent[]> {
    try {
      for (;;) {
        const batch = this.#take();
        if (batch.length > 0) yield batch;
        else if (this.#ended) break;
        else await new Promise<void>((resolve) => (this.#wake = resolve));
      }
      if (this.#failure !== undefined) yield [errorEvent(this.#failure)];
    } finally {
      this.close();
    }
  }

  get #initialDone(): boolean {
    return this.#initialMarked && this.#initialSent === this.#options.initial.length;
  }

  /** In chunks, so that the start of a large watch neither blocks the process nor holds all its bytes at once. */
  #take(): readonly WatchEvent[] {
    const { initial, view, after } = this.#options;
    if (this.#initialSent < initial.length) {
      const chunk = initial.slice(this.#initialSent, this.#initialSent + watchBatchEventsMax);
      this.#initialSent += chunk.length;
      return chunk.map((object) => watchEvent('ADDED', view.of(object)));
    }
    if (!this.#initialMarked) {
      this.#initialMarked = true;
      return [this.#bookmarkEvent(after, true)];
    }
    return this.#queue.drain();
  }

  #push(event: WatchEvent): void {
    if (!this.#queue.push(event)) {
      this.#queue.drain();
      this.#options.onSlow();
      this.fail(tooOld(': the watch could not keep up'));
      return;
    }
    this.#wake?.();
  }

  #release(): void {
    if (!this.#ended) {
      this.#ended = true;
      this.#options.signal.removeEventListener('abort', this.#onAbort);
      this.#options.onClose(this);
    }
    this.#wake?.();
  }

  #bookmarkEvent(revision: number, initialEnd: boolean): WatchEvent {
    const metadata = {
      resourceVersion: String(revision),
      ...(initialEnd ? { annotations: { [initialEventsEnd]: 'true' } } : {}),
    };
    return watchEvent('BOOKMARK', encodedOnce({ ...this.#options.type, metadata }));
  }
}
