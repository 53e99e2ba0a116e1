import { assert } from '@flotilla/base';
import { type KeySpan, keySpan, spanContains } from './bytes.js';
import type { StoreCounts } from './counts.js';
import { catchUpRevisionsPerSlice } from './limits.js';
import type { KeyValue, WatchEvent, WatchRequest, WatchResponse } from './model.js';
import { type StoreError, storeErrors } from './store-error.js';

/** Where a watch's responses go. Called synchronously, in order; must not call back into the store's `apply`. */
export interface WatchSink {
  /**
   * Takes the response, always.
   * @returns false: send no more until `resume()`. The watch then lags and catches up from history: nothing is
   * queued for it, so a slow watcher costs no memory.
   */
  deliver(response: WatchResponse): boolean;
  /** The watch has ended: what it waits for has been compacted. */
  cancelled(error: StoreError): void;
}

export interface Watcher {
  /** The sink has room again. */
  resume(): void;
  /** Has an empty response sent as soon as the watch has seen everything. */
  requestProgress(): void;
  /** True: every change so far has been delivered. */
  readonly synced: boolean;
  cancel(): void;
}

/** One key's change as history remembers it. */
export interface HistoryEvent {
  readonly key: string;
  readonly kv: KeyValue;
}

/** What the hub needs to know of the store. */
export interface History {
  readonly revision: number;
  readonly compactRevision: number;
  /** All changes of one uncompacted revision, in order. */
  changesAt(revision: number): readonly HistoryEvent[];
  /** The key's state just before `revision`, if history still has it. */
  previous(key: string, revision: number): KeyValue | undefined;
}

type State = 'synced' | 'lagging' | 'blocked' | 'ended';

interface Entry {
  readonly span: KeySpan;
  readonly request: WatchRequest;
  readonly sink: WatchSink;
  state: State;
  /** First revision not delivered yet. For synced watches only a lower bound: the store's is the truth. */
  next: number;
  progressWanted: boolean;
}

/**
 * Fans changes out to watchers. A watch is *synced* (gets each change as it is applied), *lagging* (is being fed
 * from history, in slices) or *blocked* (its sink asked for a pause). Each response holds all matching events of
 * exactly one revision, in order, and no revision is skipped or repeated.
 */
export class WatchHub {
  readonly #history: History;
  readonly #defer: (work: () => void) => void;
  readonly #syncedKeys = new Map<string, Set<Entry>>();
  readonly #syncedRanges = new Set<Entry>();
  readonly #lagging = new Set<Entry>();
  readonly #blocked = new Set<Entry>();
  readonly #delivered: Pick<StoreCounts, 'events'>;
  #catchUpDue = false;
  #paused = false;

  /** @param defer runs the work soon, but not now: setImmediate in a process */
  constructor(history: History, defer: (work: () => void) => void, delivered: Pick<StoreCounts, 'events'>) {
    this.#history = history;
    this.#defer = defer;
    this.#delivered = delivered;
  }

  /** Watches, by state: for metrics. */
  counts(): { readonly synced: number; readonly lagging: number; readonly blocked: number } {
    let synced = this.#syncedRanges.size;
    for (const entries of this.#syncedKeys.values()) synced += entries.size;
    return { synced, lagging: this.#lagging.size, blocked: this.#blocked.size };
  }

  watch(request: WatchRequest, sink: WatchSink): Watcher {
    const start = request.startRevision ?? 0;
    const next = start > 0 ? start : this.#history.revision + 1;
    const span = keySpan(request.key, request.rangeEnd);
    const entry: Entry = { span, request, sink, state: 'ended', next, progressWanted: false };
    this.#move(entry, next > this.#history.revision ? 'synced' : 'lagging');
    return {
      resume: () => {
        if (entry.state === 'blocked') this.#move(entry, 'lagging');
      },
      requestProgress: () => this.#requestProgress(entry),
      get synced() {
        return entry.state === 'synced';
      },
      cancel: () => this.#move(entry, 'ended'),
    };
  }

  /** The store has just made `revision`. */
  publish(revision: number, changes: readonly HistoryEvent[]): void {
    if (this.#syncedKeys.size === 0 && this.#syncedRanges.size === 0) return;
    const batches = new Map<Entry, WatchEvent[]>();
    for (const change of changes) {
      for (const entry of this.#syncedKeys.get(change.key) ?? []) this.#collect(batches, entry, revision, change);
      for (const entry of this.#syncedRanges) {
        if (spanContains(entry.span, change.key)) this.#collect(batches, entry, revision, change);
      }
    }
    for (const [entry, events] of batches) if (entry.state === 'synced') this.#deliver(entry, revision, events);
  }

  /** History is about to be replaced: nothing is read from it until `rewind`. */
  pause(): void {
    this.#paused = true;
  }

  /** Another state took this one's place: every watch goes on from where it was, out of the new history. */
  rewind(fromRevision: number): void {
    this.#paused = false;
    for (const entry of [...this.#syncedRanges, ...[...this.#syncedKeys.values()].flatMap((set) => [...set])]) {
      entry.next = Math.max(entry.next, fromRevision + 1);
      this.#move(entry, entry.next > this.#history.revision ? 'synced' : 'lagging');
    }
    this.#scheduleCatchUp();
  }

  #requestProgress(entry: Entry): void {
    if (entry.state === 'synced') this.#deliver(entry, this.#history.revision, []);
    else if (entry.state !== 'ended') entry.progressWanted = true;
  }

  #collect(batches: Map<Entry, WatchEvent[]>, entry: Entry, revision: number, change: HistoryEvent): void {
    if (revision < entry.next) return;
    const event = this.#event(entry.request, revision, change);
    if (event === undefined) return;
    const events = batches.get(entry);
    if (events === undefined) batches.set(entry, [event]);
    else events.push(event);
  }

  #event(request: WatchRequest, revision: number, { key, kv }: HistoryEvent): WatchEvent | undefined {
    const type = kv.version === 0 ? 'delete' : 'put';
    if (request.filters?.includes(type === 'put' ? 'noput' : 'nodelete')) return undefined;
    const created = type === 'put' && kv.createRevision === revision;
    const prevKv = request.prevKv === true && !created ? this.#history.previous(key, revision) : undefined;
    return prevKv === undefined ? { type, kv } : { type, kv, prevKv };
  }

  #deliver(entry: Entry, revision: number, events: readonly WatchEvent[]): void {
    entry.next = Math.max(entry.next, revision + 1);
    this.#delivered.events += events.length;
    const more = entry.sink.deliver({ revision, events });
    if (!more && entry.state !== 'ended') this.#move(entry, 'blocked');
  }

  #scheduleCatchUp(): void {
    if (this.#catchUpDue || this.#paused || this.#lagging.size === 0) return;
    this.#catchUpDue = true;
    this.#defer(() => {
      this.#catchUpDue = false;
      if (!this.#paused) this.#catchUp();
      this.#scheduleCatchUp();
    });
  }

  /** One slice: reads each revision once, for all lagging watches together. */
  #catchUp(): void {
    this.#endCompacted();
    const { revision: now } = this.#history;
    let from = now + 1;
    for (const entry of this.#lagging) from = Math.min(from, entry.next);
    const to = Math.min(now, from + catchUpRevisionsPerSlice - 1);
    for (let revision = from; revision <= to && this.#lagging.size > 0; revision++) {
      const changes = this.#history.changesAt(revision);
      for (const entry of [...this.#lagging]) if (entry.next <= revision) this.#replay(entry, revision, changes);
    }
    for (const entry of [...this.#lagging]) {
      if (entry.next <= this.#history.revision) continue;
      this.#move(entry, 'synced');
      if (!entry.progressWanted) continue;
      entry.progressWanted = false;
      this.#deliver(entry, this.#history.revision, []);
    }
  }

  #replay(entry: Entry, revision: number, changes: readonly HistoryEvent[]): void {
    if (entry.state !== 'lagging') return; // an earlier delivery of this slice ended it
    const events: WatchEvent[] = [];
    for (const change of changes) {
      const event = spanContains(entry.span, change.key) ? this.#event(entry.request, revision, change) : undefined;
      if (event !== undefined) events.push(event);
    }
    if (events.length > 0) this.#deliver(entry, revision, events);
    else entry.next = revision + 1;
  }

  #endCompacted(): void {
    const { compactRevision } = this.#history;
    for (const entry of [...this.#lagging]) {
      if (entry.next >= compactRevision) continue;
      this.#move(entry, 'ended');
      entry.sink.cancelled(storeErrors.compacted(compactRevision));
    }
  }

  #move(entry: Entry, to: State): void {
    this.#remove(entry);
    entry.state = to;
    if (to === 'synced') this.#addSynced(entry);
    else if (to === 'blocked') this.#blocked.add(entry);
    else if (to === 'lagging') {
      this.#lagging.add(entry);
      this.#scheduleCatchUp();
    }
  }

  #addSynced(entry: Entry): void {
    assert(entry.next > this.#history.revision, 'a synced watch has seen everything');
    if (!entry.span.single) {
      this.#syncedRanges.add(entry);
      return;
    }
    const sameKey = this.#syncedKeys.get(entry.span.start);
    if (sameKey === undefined) this.#syncedKeys.set(entry.span.start, new Set([entry]));
    else sameKey.add(entry);
  }

  #remove(entry: Entry): void {
    this.#lagging.delete(entry);
    this.#blocked.delete(entry);
    this.#syncedRanges.delete(entry);
    const sameKey = this.#syncedKeys.get(entry.span.start);
    sameKey?.delete(entry);
    if (sameKey?.size === 0) this.#syncedKeys.delete(entry.span.start);
  }
}
