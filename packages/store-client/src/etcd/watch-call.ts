import type { Cancel, Clock } from '@flotilla/base';
import { type StoreError, storeErrors, type WatchRequest, type WatchResponse } from '@flotilla/mvcc';
import type { ClientDuplexStream, ServiceError } from '@grpc/grpc-js';
import { progressRetryMs, watchWindowBytes } from '../limits.js';
import { storeErrorOf } from './errors.js';
import { type Message, numberOf, type WireWatchResponse } from './messages.js';
import { watchCreateRequest } from './requests.js';
import { responseBytes, revisionOf, watchResponses } from './responses.js';

export type WatchCallStream = ClientDuplexStream<Message, WireWatchResponse>;

export interface WatchCallEvents {
  /** The watch stands. @param revision the store's at that time */
  created(revision: number): void;
  response(response: WatchResponse, bytes: number): void;
  /** The store refuses the watch, or takes it back. Nothing follows. */
  ended(error: StoreError): void;
  /** The stream broke: the watch has to be made anew, elsewhere. Nothing follows. */
  broke(reason: string): void;
}

/**
 * One etcd watch on a stream of its own, so that one which is not read delays no other: it is the stream that is then
 * paused, and etcd feeds the watch from history later.
 */
export class WatchCall {
  readonly #stream: WatchCallStream;
  readonly #clock: Clock;
  readonly #events: WatchCallEvents;
  /** Bytes told and not yet acknowledged. */
  #ahead = 0;
  #cancelRetry: Cancel | undefined;
  #over = false;

  constructor(stream: WatchCallStream, request: WatchRequest, clock: Clock, events: WatchCallEvents) {
    this.#stream = stream;
    this.#clock = clock;
    this.#events = events;
    stream.on('data', (message: WireWatchResponse) => this.#receive(message));
    stream.on('error', ({ code, details }: ServiceError) => this.#fail(storeErrorOf({ code, details }, false)));
    stream.on('end', () => this.#fail(storeErrors.stopped()));
    stream.write(watchCreateRequest(request));
  }

  acknowledge(bytes: number): void {
    this.#ahead -= bytes;
    if (this.#ahead < watchWindowBytes && this.#stream.isPaused()) this.#stream.resume();
  }

  /** Asks until it is answered: etcd overlooks the question while the watch is catching up. */
  requestProgress(): void {
    if (this.#over) return;
    this.#stream.write({ progress_request: {} });
    this.#cancelRetry?.();
    this.#cancelRetry = this.#clock.after(progressRetryMs, () => this.requestProgress());
  }

  cancel(): void {
    this.#over = true;
    this.#cancelRetry?.();
    this.#stream.cancel();
  }

  #receive({ header, created, canceled, compact_revision, cancel_reason = '', events = [] }: WireWatchResponse): void {
    if (this.#over) return;
    const revision = revisionOf(header);
    const compactRevision = numberOf(compact_revision);
    if (canceled === true) {
      this.#fail(
        compactRevision > 0
          ? storeErrors.compacted(compactRevision)
          : storeErrorOf({ code: invalidArgument, details: cancel_reason }, false),
      );
    } else if (created === true) this.#events.created(revision);
    else if (events.length === 0) {
      this.#cancelRetry?.();
      this.#tell({ revision, events: [] });
    } else for (const response of watchResponses(events)) this.#tell(response);
  }

  #tell(response: WatchResponse): void {
    const bytes = responseBytes(response);
    this.#ahead += bytes;
    if (this.#ahead >= watchWindowBytes) this.#stream.pause();
    this.#events.response(response, bytes);
  }

  #fail(error: StoreError): void {
    if (this.#over) return;
    this.cancel();
    if (error.code === 'unavailable' || error.message === tokenGone) this.#events.broke(error.message);
    else this.#events.ended(error);
  }
}

/** A new connection has a new token. */
const tokenGone = 'etcdserver: invalid auth token';

/** etcd gives the reason in words alone, such as a permission that is missing. */
const invalidArgument = 3;
