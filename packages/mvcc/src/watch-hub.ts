import { assert } from '@flotilla/base';
import type { StoreCounts } from './counts.js';
import { catchUpRevisionsPerSlice } from './limits.js';
import type { WatchRequest, WatchResponse } from './model.js';
import { type StoreError, storeErrors } from './store-error.js';
import type { History, HistoryEvent, WatchGroup } from './watch-group.js';
import { WatchGroups } from './watch-groups.js';

/** Where a watch's responses go. Called synchronously, in order; must not call back into the store's `apply`. */
export interface WatchSink {
  /**
   * Takes the response, always. Watches that ask for the same are given the same object.
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

type State = 'synced' | 'lagging' | 'blocked' | 'ended';

interface Entry {
  readonly group: WatchGroup<Entry>;
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
  readonly #groups: WatchGroups<Entry>;
  readonly #lagging = new Set<Entry>();
  readonly #blocked = new Set<Entry>();
  readonly #delivered: Pick<StoreCounts, 'events'>;
  #catchUpDue = false;
  #paused = false;

  /** @param defer runs the work soon, but not now: setImmediate in a process */
  constructor(history: History, defer: (work: () => void) => void, delivered: Pick<StoreCounts, 'events'>) {
    this.#history = history;
    this.#groups = new WatchGroups(history);
    this.#defer = defer;
    this.#delivered = delivered;
  }

  /** Watches, by state: for metrics. */
  counts(): { readonly synced: number; readonly lagging: number; readonly blocked: number } {
    let synced = 0;
    for (const group of this.#groups) synced += group.synced.size;
    return { synced, lagging: this.#lagging.size, blocked: this.#blocked.size };
  }

  watch(request: WatchRequest, sink: WatchSink): Watcher {
    const start = request.startRevision ?? 0;
    const next = start > 0 ? start : this.#history.revision + 1;
    const group = this.#groups.join(request);
    const entry: Entry = { group, request, sink, state: 'lagging', next, progressWanted: false };
    this.#move(entry, next > this.#history.revision ? 'synced' : 'lagging');
    return {
      resume: () => {
        if (entry.state === 'blocked') this.#move(entry, 'lagging');
      },
      requestProgress: () => this.#requestProgress(entry),
      get synced() {
        return entry.state === 'synced';
      },
      cancel: () => this.#end(entry),
    };
  }

  /** The store has just made `revision`. */
  publish(revision: number, changes: readonly HistoryEvent[]): void {
    for (const group of this.#groups.concerned(changes)) {
      const response = group.response(revision, changes);
      if (response === undefined) continue;
      for (const entry of group.synced) if (entry.next <= revision) this.#deliver(entry, response);
    }
  }

  /** History is about to be replaced: nothing is read from it until `rewind`. */
  pause(): void {
    this.#paused = true;
  }

  /** Another state took this one's place: every watch goes on from where it was, out of the new history. */
  rewind(fromRevision: number): void {
    this.#paused = false;
    for (const entry of [...this.#groups].flatMap(({ synced }) => [...synced])) {
      entry.next = Math.max(entry.next, fromRevision + 1);
      this.#move(entry, entry.next > this.#history.revision ? 'synced' : 'lagging');
    }
    this.#scheduleCatchUp();
  }

  #requestProgress(entry: Entry): void {
    if (entry.state === 'synced') this.#deliver(entry, { revision: this.#history.revision, events: [] });
    else if (entry.state !== 'ended') entry.progressWanted = true;
  }

  #deliver(entry: Entry, response: WatchResponse): void {
    entry.next = Math.max(entry.next, response.revision + 1);
    this.#delivered.events += response.events.length;
    const more = entry.sink.deliver(response);
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
      const responses = new Map<WatchGroup<Entry>, WatchResponse | undefined>();
      for (const entry of [...this.#lagging]) {
        if (entry.next > revision) continue;
        const { group } = entry;
        if (!responses.has(group)) responses.set(group, group.response(revision, changes));
        this.#replay(entry, revision, responses.get(group));
      }
    }
    for (const entry of [...this.#lagging]) {
      if (entry.next <= this.#history.revision) continue;
      this.#move(entry, 'synced');
      if (!entry.progressWanted) continue;
      entry.progressWanted = false;
      this.#deliver(entry, { revision: this.#history.revision, events: [] });
    }
  }

  #replay(entry: Entry, revision: number, response: WatchResponse | undefined): void {
    if (entry.state !== 'lagging') return; // an earlier delivery of this slice ended it
    if (response !== undefined) this.#deliver(entry, response);
    else entry.next = revision + 1;
  }

  #endCompacted(): void {
    const { compactRevision } = this.#history;
    for (const entry of [...this.#lagging]) {
      if (entry.next >= compactRevision) continue;
      this.#end(entry);
      entry.sink.cancelled(storeErrors.compacted(compactRevision));
    }
  }

  #end(entry: Entry): void {
    if (entry.state === 'ended') return;
    this.#move(entry, 'ended');
    this.#groups.leave(entry.group, entry.request);
  }

  #move(entry: Entry, to: State): void {
    this.#lagging.delete(entry);
    this.#blocked.delete(entry);
    entry.group.synced.delete(entry);
    entry.state = to;
    if (to === 'synced') {
      assert(entry.next > this.#history.revision, 'a synced watch has seen everything');
      entry.group.synced.add(entry);
    } else if (to === 'blocked') this.#blocked.add(entry);
    else if (to === 'lagging') {
      this.#lagging.add(entry);
      this.#scheduleCatchUp();
    }
  }
}
