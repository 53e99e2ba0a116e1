import type { AbortSignalLike, Clock } from '@flotilla/base';
import { StoreError, type WatchRequest } from '@flotilla/mvcc';
import type { WatchStream } from '../key-value-store.js';
import { unavailableSwitchMs } from '../limits.js';
import { type DialEvents, Dialer, type DialerOptions } from './dialer.js';
import type { Connect, MemberConnection, MemberEvents } from './member-connection.js';
import { RemoteWatch } from './remote-watch.js';
import { Requests } from './requests.js';

const clientClosed = () => new StoreError('cancelled', 'the store client was closed');

/**
 * What the drivers of remote stores have in common: requests and watches that survive the loss of members as long as one
 * of the endpoints answers in time. It connects when first used. A driver adds what a connection speaks.
 */
export class RemoteStore<Request, Answer> {
  readonly #clock: Clock;
  readonly #connect: Connect<Request, Answer>;
  readonly #dialer: Dialer<MemberConnection<Request>>;
  readonly #requests: Requests<Request, Answer>;
  readonly #watches = new Map<number, RemoteWatch>();
  #connection: MemberConnection<Request> | undefined;
  #unavailableSinceMs: number | undefined;
  #lastId = 0;
  #closed = false;

  /** @throws TypeError when an endpoint is no http(s) URL, or there is none */
  constructor(options: DialerOptions, connect: Connect<Request, Answer>) {
    this.#clock = options.clock;
    this.#connect = connect;
    this.#requests = new Requests(options.clock, options.random, (outgoing) => {
      this.#connection?.send(outgoing);
      return this.#connection;
    });
    this.#dialer = new Dialer(options, {
      connect: (endpoint, tls, events) => {
        const connection = this.#connect(endpoint, tls, { ...events, ...this.#listen(() => connection === this.#connection) });
        return connection;
      },
      opened: (connection) => this.#opened(connection),
      left: () => {
        this.#connection = undefined;
      },
      lost: (connection, reason) => {
        if (connection === this.#connection) this.#connection = undefined;
        this.#requests.connectionLost(connection, reason);
      },
      unreachable: (reason) => this.#requests.unreachable(reason),
      wanted: () => this.#requests.size > 0 || this.#watches.size > 0,
    });
  }

  /**
   * @param bytes what it counts against the bytes that may be pending
   * @param write false: doing it twice is the same as doing it once, so it is tried again when an answer gets lost
   */
  async request(request: Request, bytes: number, write: boolean, signal?: AbortSignalLike): Promise<Answer> {
    if (this.#closed) throw clientClosed();
    const answer = this.#requests.add({ id: this.#nextId(), request, bytes, write }, signal);
    this.#dialer.ensure();
    return answer;
  }

  watch(request: WatchRequest): WatchStream {
    const watch = new RemoteWatch(this.#nextId(), request, {
      acknowledge: ({ id }, bytes) => this.#connection?.acknowledge(id, bytes),
      progress: ({ id }) => this.#connection?.requestProgress(id),
      cancelled: ({ id }) => {
        this.#watches.delete(id);
        this.#connection?.cancelWatch(id);
      },
    });
    if (this.#closed) {
      watch.onEnd({ error: clientClosed() });
      return watch;
    }
    this.#watches.set(watch.id, watch);
    this.#connection?.createWatch(watch.id, watch.resumption());
    this.#dialer.ensure();
    return watch;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#requests.close(clientClosed());
    for (const watch of this.#watches.values()) watch.onEnd({});
    this.#watches.clear();
    this.#dialer.close();
  }

  #opened(connection: MemberConnection<Request>): void {
    this.#connection = connection;
    this.#unavailableSinceMs = undefined;
    for (const watch of this.#watches.values()) connection.createWatch(watch.id, watch.resumption());
    this.#requests.sendAll();
  }

  /** A connection that was left may still answer; its watches were created anew elsewhere. */
  #listen(present: () => boolean): Omit<MemberEvents<Answer>, keyof DialEvents> {
    const watchOf = (id: number) => (present() ? this.#watches.get(id) : undefined);
    return {
      answered: (id, answer) => {
        if (present()) this.#unavailableSinceMs = undefined;
        this.#requests.answer(id, answer);
      },
      failed: (id, error) => this.#failed(id, error, present()),
      watchCreated: (id, revision) => watchOf(id)?.onCreated(revision),
      watchResponse: (id, response, bytes) => watchOf(id)?.onResponse(response, bytes),
      watchEnded: (id, error) => {
        const watch = watchOf(id);
        if (watch === undefined) return;
        this.#watches.delete(id);
        watch.onEnd({ error });
      },
    };
  }

  #failed(id: number, error: StoreError, present: boolean): void {
    const keptSinceMs = this.#requests.fail(id, error);
    if (keptSinceMs === undefined || !present) return;
    this.#unavailableSinceMs ??= keptSinceMs;
    if (this.#clock.monotonicMs() - this.#unavailableSinceMs < unavailableSwitchMs) return;
    this.#unavailableSinceMs = undefined;
    this.#dialer.switchMember();
  }

  #nextId(): number {
    this.#lastId = this.#lastId >= 0xffff_ffff ? 1 : this.#lastId + 1; // by the time it wraps, old ids are settled
    return this.#lastId;
  }
}
