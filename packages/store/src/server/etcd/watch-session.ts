import type { Cancel, Clock } from '@flotilla/base';
import { compareBytes, type StoreError, storeErrors, type Watcher, type WatchRequest, type WatchResponse } from '@flotilla/mvcc';
import type { Caller } from '../caller.js';
import type { ClientService } from '../client-service.js';
import { messageSlackBytes } from '../limits.js';
import type { StreamOperation, StreamSession, StreamSink } from './call.js';
import { rpcErrorText } from './errors.js';
import { watchRequest } from './requests.js';
import { event, header } from './responses.js';
import { WatchOutbox } from './watch-outbox.js';
import type { WatchBatch } from './watch-run.js';
import { booleanField, idField, messageField, signedField, type Wire } from './wire.js';

interface Watch {
  readonly watcher: Watcher;
  readonly progressNotify: boolean;
  /** Something was sent since the last periodic mark. */
  busy: boolean;
  /** The next empty response is a periodic mark of this watch, not part of the answer to a progress request. */
  notifying: boolean;
}

export const watch: StreamOperation = ({ service, caller }, sink, clock) => new WatchSession(service, caller, clock, sink);

/** One etcd watch stream: several watches, multiplexed by `watch_id`. */
class WatchSession implements StreamSession {
  readonly #service: ClientService;
  readonly #caller: Caller;
  readonly #clock: Clock;
  readonly #sink: Pick<StreamSink, 'send' | 'sendEach'>;
  readonly #watches = new Map<bigint, Watch>();
  readonly #outbox: WatchOutbox;
  #nextId = 0n;
  #cancelTimer: Cancel | undefined;
  /** Watches that have not told yet how far they are, while a progress request is being answered. */
  #progress: { readonly awaited: Set<bigint>; revision: number } | undefined;

  constructor(service: ClientService, caller: Caller, clock: Clock, sink: Pick<StreamSink, 'send' | 'sendEach'>) {
    this.#service = service;
    this.#caller = caller;
    this.#clock = clock;
    this.#sink = sink;
    this.#outbox = new WatchOutbox({
      send: (ids, batch) => this.#sendBatch(ids, batch),
      fragmentBytes: service.requestBytesMax + messageSlackBytes,
    });
  }

  /** @throws StoreError on a malformed request */
  request(message: Wire): void {
    const create = messageField(message, 'create_request');
    const cancel = messageField(message, 'cancel_request');
    if (create !== undefined) this.#create(create);
    else if (cancel !== undefined) this.#cancel(idField(cancel, 'watch_id'));
    else if (messageField(message, 'progress_request') !== undefined) this.#requestProgress();
  }

  drained(): void {
    this.#outbox.drained();
    for (const { watcher } of this.#watches.values()) watcher.resume();
  }

  /** Watches go on without a word from the client, as in etcd. */
  requestsEnded(): void {}

  close(): void {
    for (const { watcher } of this.#watches.values()) watcher.cancel();
    this.#watches.clear();
    this.#cancelTimer?.();
  }

  #create(message: Wire): void {
    const parsed = watchRequest(message);
    const request = parsed.key.length > 0 ? parsed : { ...parsed, key: Uint8Array.of(0) };
    const wanted = idField(message, 'watch_id');
    const refused = this.#refusal(message, request, wanted);
    if (refused !== undefined) {
      this.#control({ watch_id: '-1', created: true, canceled: true, cancel_reason: refused });
      return;
    }
    const id = wanted === 0n ? this.#freeId() : wanted;
    this.#control({ watch_id: String(id), created: true });
    this.#outbox.open(id, booleanField(message, 'fragment'));
    const watcher = this.#service.store.watch(request, {
      deliver: (response) => this.#deliver(id, response),
      cancelled: (error) => this.#compacted(id, error),
    });
    const progressNotify = request.progressNotify === true;
    this.#watches.set(id, { watcher, progressNotify, busy: false, notifying: false });
    if (progressNotify) this.#startTimer();
  }

  /** @returns why there can be no such watch, in etcd's words */
  #refusal(message: Wire, request: WatchRequest, id: bigint): string | undefined {
    if (signedField(message, 'start_revision') < 0) return storeErrors.compacted(0).message;
    const forbidden = this.#service.refusesWatch(request, this.#caller);
    if (forbidden !== undefined) return rpcErrorText(forbidden);
    const { key, rangeEnd } = request;
    const openEnd = rangeEnd?.length === 1 && rangeEnd[0] === 0;
    if (rangeEnd !== undefined && !openEnd && compareBytes(key, rangeEnd) >= 0) return 'mvcc: watcher range is empty';
    return this.#watches.has(id) && id !== 0n ? 'mvcc: duplicate watch ID provided on the WatchStream' : undefined;
  }

  /** As in etcd, the end of such a watch tells no revision and no reason but this one. */
  #compacted(id: bigint, error: StoreError): void {
    // First this, or a progress answer that waited for nothing else would speak for this watch as well.
    this.#control({ watch_id: String(id), canceled: true, compact_revision: String(error.compactRevision ?? 0) }, 0);
    this.#forget(id);
  }

  #deliver(id: bigint, response: WatchResponse): boolean {
    const watch = this.#watches.get(id);
    if (response.events.length > 0 && watch !== undefined) watch.busy = true;
    if (response.events.length > 0) return this.#outbox.add(id, response);
    if (watch === undefined || !watch.notifying) return this.#collectProgress(id, response.revision);
    watch.notifying = false;
    return this.#control({ watch_id: String(id) }, response.revision);
  }

  #sendBatch(ids: readonly bigint[], { revision, events, fragment }: WatchBatch): boolean {
    const shared = { header: header(this.#service, revision), events: events.map(event), fragment };
    return this.#sink.sendEach(
      ids.map((id) => ({ watch_id: String(id) })),
      shared,
    );
  }

  /** Whatever comes after events tells of what came before it: it must not overtake them. */
  #control(message: Wire, revision?: number): boolean {
    this.#outbox.flush();
    return this.#sink.send({ header: header(this.#service, revision), ...message });
  }

  #cancel(id: bigint): void {
    const watch = this.#watches.get(id);
    if (watch === undefined) return;
    watch.watcher.cancel();
    this.#control({ watch_id: String(id), canceled: true });
    this.#forget(id);
  }

  #forget(id: bigint): void {
    this.#outbox.close(id);
    this.#watches.delete(id);
    if (this.#progress?.awaited.has(id)) this.#collectProgress(id, this.#service.store.revision);
  }

  /** The answer holds for the whole stream: it is sent once every watch has seen everything. */
  #requestProgress(): void {
    this.#progress = { awaited: new Set(this.#watches.keys()), revision: this.#service.store.revision };
    if (this.#watches.size === 0) this.#sendProgress();
    for (const { watcher } of [...this.#watches.values()]) watcher.requestProgress();
  }

  #collectProgress(id: bigint, revision: number): boolean {
    const progress = this.#progress;
    if (progress === undefined) return true;
    progress.awaited.delete(id);
    progress.revision = Math.min(progress.revision, revision);
    return progress.awaited.size > 0 || this.#sendProgress();
  }

  #sendProgress(): boolean {
    const revision = this.#progress?.revision;
    this.#progress = undefined;
    return this.#control({ watch_id: '-1' }, revision);
  }

  #startTimer(): void {
    this.#cancelTimer ??= this.#clock.after(this.#service.watchProgressMs, () => {
      this.#cancelTimer = undefined;
      for (const watch of this.#watches.values()) {
        if (!watch.progressNotify) continue;
        if (!watch.busy && this.#progress === undefined) {
          watch.notifying = true;
          watch.watcher.requestProgress();
        }
        watch.busy = false;
      }
      this.#startTimer();
    });
  }

  #freeId(): bigint {
    while (this.#watches.has(this.#nextId)) this.#nextId++;
    return this.#nextId++;
  }
}
