import type { Cancel, Clock } from '@flotilla/base';
import type { Watcher, WatchResponse } from '@flotilla/mvcc';
import type { Caller } from '../caller.js';
import type { ClientService } from '../client-service.js';
import { watchProgressIntervalMs } from '../limits.js';
import type { StreamOperation, StreamSession } from './call.js';
import { rpcErrorText } from './errors.js';
import { watchRequest } from './requests.js';
import { event, header } from './responses.js';
import { idField, messageField, type Wire } from './wire.js';

interface Watch {
  readonly watcher: Watcher;
  readonly progressNotify: boolean;
  /** Something was sent since the last periodic mark. */
  busy: boolean;
  /** The next empty response is a periodic mark of this watch, not part of the answer to a progress request. */
  notifying: boolean;
}

export const watch: StreamOperation = ({ service, caller }, sink, clock) =>
  new WatchSession(service, caller, clock, (message) => sink.send(message));

/** One etcd watch stream: several watches, multiplexed by `watch_id`. */
class WatchSession implements StreamSession {
  readonly #service: ClientService;
  readonly #caller: Caller;
  readonly #clock: Clock;
  readonly #send: (message: Wire) => boolean;
  readonly #watches = new Map<bigint, Watch>();
  #nextId = 0n;
  #cancelTimer: Cancel | undefined;
  /** Watches that have not told yet how far they are, while a progress request is being answered. */
  #progress: { readonly awaited: Set<bigint>; revision: number } | undefined;

  constructor(service: ClientService, caller: Caller, clock: Clock, send: (message: Wire) => boolean) {
    this.#service = service;
    this.#caller = caller;
    this.#clock = clock;
    this.#send = send;
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
    const { store } = this.#service;
    const wanted = idField(message, 'watch_id');
    if (wanted !== 0n && this.#watches.has(wanted)) {
      this.#refuse('etcdserver: mvcc: watch ID already exists');
      return;
    }
    const parsed = watchRequest(message);
    const request = parsed.key.length > 0 ? parsed : { ...parsed, key: Uint8Array.of(0) };
    const refused = this.#service.refusesWatch(request, this.#caller);
    if (refused !== undefined) {
      this.#refuse(rpcErrorText(refused));
      return;
    }
    const id = wanted === 0n ? this.#freeId() : wanted;
    this.#send({ header: header(this.#service), watch_id: String(id), created: true });
    const watcher = store.watch(request, {
      deliver: (response) => this.#deliver(id, response),
      cancelled: (error) => {
        const compactRevision = String(error.compactRevision ?? 0);
        const end = { canceled: true, compact_revision: compactRevision, cancel_reason: error.message };
        // First this, or a progress answer that waited for nothing else would speak for this watch as well.
        this.#send({ header: header(this.#service), watch_id: String(id), ...end });
        this.#forget(id);
      },
    });
    const progressNotify = request.progressNotify === true;
    this.#watches.set(id, { watcher, progressNotify, busy: false, notifying: false });
    if (progressNotify) this.#startTimer();
  }

  /** What was never a watch ends with the id that etcd gives it. */
  #refuse(reason: string): void {
    this.#send({ header: header(this.#service), watch_id: '-1', created: true, canceled: true, cancel_reason: reason });
  }

  #deliver(id: bigint, { revision, events }: WatchResponse): boolean {
    const watch = this.#watches.get(id);
    if (events.length === 0 && watch !== undefined && !watch.notifying) return this.#collectProgress(id, revision);
    if (watch !== undefined) {
      watch.busy = events.length > 0;
      watch.notifying = false;
    }
    return this.#send({ header: header(this.#service, revision), watch_id: String(id), events: events.map(event) });
  }

  #cancel(id: bigint): void {
    const watch = this.#watches.get(id);
    if (watch === undefined) return;
    watch.watcher.cancel();
    this.#forget(id);
    this.#send({ header: header(this.#service), watch_id: String(id), canceled: true });
  }

  #forget(id: bigint): void {
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
    return this.#send({ header: header(this.#service, revision), watch_id: '-1' });
  }

  #startTimer(): void {
    this.#cancelTimer ??= this.#clock.after(watchProgressIntervalMs, () => {
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
