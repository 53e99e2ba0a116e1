import type { StatusError } from '@flotilla/api';
import { backoffMs, type Clock, type Logger, type Random, sleep } from '@flotilla/base';
import {
  isStoreError,
  type KeyValue,
  type KeyValueStore,
  prefixEnd,
  type WatchEvent as StoreEvent,
  type WatchStream,
} from '@flotilla/store-client';
import { bookmarkPeriodMs, cacheRetryMaxMs, cacheRetryMinMs, rangePageObjectsMax } from '../limits.js';
import { CacheEvent } from './cache-event.js';
import { CacheWatcher, type WatcherOptions } from './cache-watcher.js';
import { EventWindow } from './event-window.js';
import { FreshWaiters } from './fresh-waiters.js';
import { keyBytes, keyText } from './keys.js';
import type { RecentWrites } from './recent-writes.js';
import { deliveredRevision, replayEvents } from './replay.js';
import { SortedObjects } from './sorted-objects.js';
import { statusOfStoreFailure, tooOld } from './store-failure.js';
import { isStoredObject, StoredObject } from './stored-object.js';
import { type IndexedField, WatcherIndex } from './watcher-index.js';

export interface WatchCacheOptions {
  readonly store: KeyValueStore;
  readonly recent: RecentWrites;
  /** Of the keys of the resource; ends with a slash. */
  readonly prefix: string;
  readonly indexedFields: readonly IndexedField[];
  /** How many of the latest events are remembered; 0: the past is always read from the store. */
  readonly windowEventsMax: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

/** What a watcher tells its cache. */
type Notices = 'onClose' | 'onSlow';

/** All objects of a resource, and the revision up to which they are right. It changes as events arrive: read it without awaiting in between. */
export interface Snapshot {
  readonly objects: SortedObjects;
  readonly revision: number;
}

/** Replaced as a whole when the cache has to be filled again: whoever still holds the old one reads a consistent past. */
class State implements Snapshot {
  readonly objects = new SortedObjects();
  window: EventWindow;
  revision = 0;

  constructor(windowEventsMax: number) {
    this.window = new EventWindow(windowEventsMax, 0);
  }
}

/**
 * The objects of one resource in memory, kept current by one store watch, and the watches of all clients on it.
 *
 * Invariants: the state's objects are exactly the store's content at its revision; every watcher has been offered every event
 * after its start, once, in order; an event changes the objects, the window and the watchers in one synchronous step.
 */
export class WatchCache {
  readonly #options: WatchCacheOptions;
  readonly #watchers: WatcherIndex;
  readonly #fresh: FreshWaiters;
  readonly #stop = new AbortController();
  #state: State;
  #stream: WatchStream | undefined;
  #isFilled = false;
  #filled: Promise<void>;
  #settleFilled: { resolve(): void; reject(error: unknown): void } = { resolve() {}, reject() {} };
  #cancelBookmarks: (() => void) | undefined;
  readonly #running: Promise<void>;
  readonly counts: { initializations: number; received: number; terminated: number; readonly capacity: number };

  constructor(options: WatchCacheOptions) {
    this.#options = options;
    this.#state = new State(options.windowEventsMax);
    this.counts = { initializations: 0, received: 0, terminated: 0, capacity: options.windowEventsMax };
    this.#watchers = new WatcherIndex(options.indexedFields);
    this.#fresh = new FreshWaiters(options.clock, () => this.#stream?.requestProgress());
    this.#filled = this.#expectFill();
    this.#running = this.#run();
  }

  /** What is known now: nothing, before the cache has been filled. */
  get current(): Snapshot {
    return this.#state;
  }

  /** Whether `current` is all there is: `snapshot` would not wait. */
  get isFilled(): boolean {
    return this.#isFilled;
  }

  /** The state now, once the cache has been filled. @throws StatusError when the store cannot be read */
  async snapshot(): Promise<Snapshot> {
    await this.#filled;
    return this.#state;
  }

  /** The state at `revision` or later. */
  async snapshotAt(revision: number, signal: AbortSignal): Promise<Snapshot> {
    await this.#filled;
    if (this.#state.revision < revision) await this.#fresh.wait(revision, () => this.#state.revision, signal);
    return this.snapshot();
  }

  /** A watch that starts with the snapshot's objects. Synchronous, so that nothing happens in between. */
  watchFrom(
    snapshot: Snapshot,
    options: Omit<WatcherOptions, 'after' | 'initial' | Notices>,
    withObjects: boolean,
  ): CacheWatcher {
    if (snapshot !== this.#state) throw rebuilt();
    const { selection } = options;
    const objects = withObjects ? [...snapshot.objects.withPrefix(selection.prefix)] : [];
    const initial = selection.filtered ? objects.filter((object) => selection.matches(object)) : objects;
    return this.#register({ ...options, initial, after: snapshot.revision }, []);
  }

  /**
   * A watch of everything after `revision`, from memory where the window reaches back that far, else with the store's help.
   * @throws StatusError Expired when that past is forgotten
   */
  async watchAfter(revision: number, options: Omit<WatcherOptions, 'after' | 'initial' | Notices>): Promise<CacheWatcher> {
    await this.#filled;
    const { store, prefix } = this.#options;
    for (;;) {
      const recent = this.#state.window.after(revision);
      if (recent !== undefined) return this.#register({ ...options, initial: [], after: revision }, recent);
      const until = this.#state.revision;
      const past = await replayEvents(store, prefix, revision, until, options.signal);
      const since = this.#state.window.after(until);
      if (since !== undefined) return this.#register({ ...options, initial: [], after: revision }, [...past, ...since]);
    }
  }

  async close(): Promise<void> {
    this.#stop.abort();
    this.#stream?.cancel();
    this.#cancelBookmarks?.();
    for (const watcher of this.#watchers.all()) watcher.close();
    await this.#running;
  }

  #register(options: Omit<WatcherOptions, Notices>, backlog: readonly CacheEvent[]): CacheWatcher {
    const watcher = new CacheWatcher({
      ...options,
      onClose: (closed) => this.#watchers.remove(closed),
      onSlow: () => {
        this.counts.terminated++;
      },
    });
    for (const event of backlog) watcher.offer(event);
    if (options.signal.aborted) return watcher;
    this.#watchers.add(watcher);
    this.#cancelBookmarks ??= this.#scheduleBookmarks();
    return watcher;
  }

  async #run(): Promise<void> {
    const { clock, random, log, prefix } = this.#options;
    for (let failures = 1; !this.#stop.signal.aborted; ) {
      try {
        await this.#fill();
        failures = 1;
        await this.#follow();
      } catch (error) {
        if (this.#stop.signal.aborted) break;
        log.warn({ err: error, prefix }, 'watch cache lost touch with the store; it is filled again');
        this.#reset(statusOfStoreFailure(error));
        const delayMs = backoffMs(failures++, { baseMs: cacheRetryMinMs, maxMs: cacheRetryMaxMs }, random);
        await sleep(clock, delayMs, this.#stop.signal).catch(() => undefined);
      }
    }
    this.#settleFilled.reject(statusOfStoreFailure(this.#stop.signal.reason));
  }

  async #fill(): Promise<void> {
    const { store, prefix } = this.#options;
    const rangeEnd = prefixEnd(keyBytes(prefix));
    const state = new State(this.#options.windowEventsMax);
    let revision = 0;
    let key = keyBytes(prefix);
    for (let more = true; more; ) {
      // Every page is read at the revision of the first: together they are one state.
      const page = await store.range({ key, rangeEnd, limit: rangePageObjectsMax, revision }, this.#stop.signal);
      if (revision === 0) revision = page.revision;
      for (const kv of page.kvs) {
        const object = this.#read(kv);
        if (object !== undefined) state.objects.set(object);
      }
      const last = page.kvs.at(-1);
      more = page.more && last !== undefined;
      if (last !== undefined) key = Buffer.concat([last.key, Buffer.of(0)]);
    }
    state.window = new EventWindow(this.#options.windowEventsMax, revision);
    this.#state = state;
    this.#advance(revision);
    this.#isFilled = true;
    this.counts.initializations++;
    this.#settleFilled.resolve();
  }

  /** Ends only by throwing: the stream itself survives reconnects. */
  async #follow(): Promise<void> {
    const { store, prefix, clock, log } = this.#options;
    const key = keyBytes(prefix);
    while (!this.#stop.signal.aborted) {
      this.#stream = store.watch({ key, rangeEnd: prefixEnd(key), startRevision: this.#state.revision + 1 });
      this.#stream.created.catch(() => undefined); // the iteration tells of it too
      try {
        for await (const response of this.#stream) {
          for (const event of response.events) this.#apply(event);
          this.#advance(deliveredRevision(response));
        }
      } catch (error) {
        if (isStoreError(error, 'compacted')) throw error;
        if (this.#stop.signal.aborted) return;
        log.warn({ err: error, prefix }, 'the store watch broke; it goes on after the last revision seen');
      }
      if (!this.#stop.signal.aborted) await sleep(clock, cacheRetryMinMs, this.#stop.signal).catch(() => undefined);
    }
  }

  #apply({ type, kv }: StoreEvent): void {
    const key = keyText(kv.key);
    const { objects, window } = this.#state;
    const previous = objects.get(key);
    const object = type === 'put' ? this.#read(kv) : undefined;
    if (object !== undefined) objects.set(object);
    else objects.delete(key);
    if (object === undefined && previous === undefined) return;
    this.counts.received++;
    const event = new CacheEvent(kv.modRevision, key, object, previous);
    window.push(event);
    this.#watchers.offer(event);
  }

  /** @returns undefined for what somebody else has put there: one bad value must not take a whole resource away */
  #read(kv: KeyValue): StoredObject | undefined {
    const key = keyText(kv.key);
    const own = this.#options.recent.take(key, kv.value, kv.modRevision);
    if (own !== undefined) return own;
    if (isStoredObject(kv.value)) return new StoredObject(key, kv.value, kv.modRevision);
    this.#options.log.error({ key }, 'the store holds something else than an object here; it is ignored');
    return undefined;
  }

  #advance(revision: number): void {
    if (revision <= this.#state.revision) return;
    this.#state.revision = revision;
    this.#fresh.reached(revision);
  }

  /** The state is no longer known to be right: every watch ends, and reads wait for the next fill. */
  #reset(reason: unknown): void {
    this.#settleFilled.reject(reason);
    this.#isFilled = false;
    this.#filled = this.#expectFill();
    this.#state = new State(this.#options.windowEventsMax);
    for (const watcher of this.#watchers.all()) watcher.fail(rebuilt());
  }

  #expectFill(): Promise<void> {
    const filled = new Promise<void>((resolve, reject) => {
      this.#settleFilled = { resolve, reject };
    });
    filled.catch(() => undefined); // whoever waits hears of it; nobody may be waiting
    return filled;
  }

  #scheduleBookmarks(): () => void {
    return this.#options.clock.after(bookmarkPeriodMs, () => {
      const watchers = this.#watchers.all();
      this.#cancelBookmarks = watchers.length === 0 ? undefined : this.#scheduleBookmarks();
      for (const watcher of watchers) watcher.bookmark(this.#state.revision);
      this.#stream?.requestProgress(); // so that the next round knows a newer revision
    });
  }
}

function rebuilt(): StatusError {
  return tooOld(': the watch cache was rebuilt');
}
