import { type KeySpan, keySpan, spanContains } from './bytes.js';
import type { KeyValue, WatchEvent, WatchRequest, WatchResponse } from './model.js';

/** One key's change as history remembers it. */
export interface HistoryEvent {
  readonly key: string;
  readonly kv: KeyValue;
}

/** What watches need to know of the store. */
export interface History {
  readonly revision: number;
  readonly compactRevision: number;
  /** All changes of one uncompacted revision, in order. */
  changesAt(revision: number): readonly HistoryEvent[];
  /** The key's state just before `revision`, if history still has it. */
  previous(key: string, revision: number): KeyValue | undefined;
}

/**
 * The watches that ask for the same keys in the same way. What a revision says to them is worked out once, and they are all
 * given the same object, so that servers can encode it once.
 */
export class WatchGroup<Watch> {
  readonly span: KeySpan;
  /** Those that get each change as it is applied. */
  readonly synced = new Set<Watch>();
  /** Watches in any state. */
  size = 0;
  readonly #request: WatchRequest;
  readonly #history: History;

  constructor(request: WatchRequest, history: History) {
    this.span = keySpan(request.key, request.rangeEnd);
    this.#request = request;
    this.#history = history;
  }

  /**
   * @param changes all of that revision
   * @returns what they are told of it; undefined: nothing
   */
  response(revision: number, changes: readonly HistoryEvent[]): WatchResponse | undefined {
    const events: WatchEvent[] = [];
    for (const change of changes) {
      const event = spanContains(this.span, change.key) ? this.#event(revision, change) : undefined;
      if (event !== undefined) events.push(event);
    }
    return events.length > 0 ? { revision, events } : undefined;
  }

  #event(revision: number, { key, kv }: HistoryEvent): WatchEvent | undefined {
    const type = kv.version === 0 ? 'delete' : 'put';
    if (this.#request.filters?.includes(type === 'put' ? 'noput' : 'nodelete')) return undefined;
    const created = type === 'put' && kv.createRevision === revision;
    const prevKv = this.#request.prevKv === true && !created ? this.#history.previous(key, revision) : undefined;
    return prevKv === undefined ? { type, kv } : { type, kv, prevKv };
  }
}
