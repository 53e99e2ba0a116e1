import type { Cancel, Clock } from '@flotilla/base';
import { StoreError, type WatchRequest } from '@flotilla/mvcc';
import type { MemberConnection, MemberEvents, Outgoing, TlsMaterial } from '../failover/member-connection.js';
import { dialTimeoutMs } from '../limits.js';
import type { CallDefinition } from './calls.js';
import { storeErrorOf } from './errors.js';
import { EtcdClient, type Ongoing } from './etcd-client.js';
import type { Message, WireAuthenticateResponse, WireRangeResponse, WireStatusResponse } from './messages.js';
import { answersProgressInOrder } from './progress-versions.js';
import { ProvenProgress } from './proven-progress.js';
import { rangeRequest } from './requests.js';
import { revisionOf } from './responses.js';
import { WatchCall, type WatchCallEvents } from './watch-call.js';

export interface EtcdRequest {
  readonly call: CallDefinition;
  /** The message, serialized. */
  readonly payload: Buffer;
  /** May be answered by a member that knows no leader; any other is refused by such a member at once. */
  readonly leaderless: boolean;
}

/** Of etcd's own users. */
export interface EtcdUser {
  readonly username: string;
  readonly password: string;
}

export interface EtcdConnectionOptions {
  readonly user: EtcdUser | undefined;
  readonly clock: Clock;
  /** The calls that a connection makes by itself. */
  readonly calls: {
    readonly authenticate: CallDefinition;
    readonly status: CallDefinition;
    readonly range: CallDefinition;
    readonly watch: CallDefinition;
  };
}

/** One HTTP/2 connection to one member of an etcd. */
export class EtcdConnection implements MemberConnection<EtcdRequest> {
  readonly #client: EtcdClient;
  readonly #options: EtcdConnectionOptions;
  readonly #events: MemberEvents<object>;
  readonly #ongoing = new Map<number, Ongoing>();
  readonly #watches = new Map<number, WatchCall>();
  #progress: ProvenProgress | undefined;
  #state: 'opening' | 'open' | 'leaving' | 'closed' = 'opening';
  #cancelDial: Cancel;

  constructor(endpoint: string, tls: TlsMaterial | undefined, options: EtcdConnectionOptions, events: MemberEvents<object>) {
    this.#options = options;
    this.#events = events;
    this.#client = new EtcdClient(new URL(endpoint), tls);
    this.#cancelDial = options.clock.after(dialTimeoutMs, () => this.#close('connection timed out'));
    this.#dial(options.calls.status, {}, (status) => this.#greeted(status));
  }

  send({ id, request: { call, payload, leaderless }, write }: Outgoing<EtcdRequest>): void {
    if (!this.#ready) {
      this.#events.failed(id, new StoreError('unavailable', 'etcdserver: connection lost'));
      return;
    }
    const ongoing = this.#client.call(call, payload, leaderless, (error, answer) => {
      this.#ongoing.delete(id);
      if (this.#state === 'closed') return;
      if (error !== null) {
        this.#failed(id, storeErrorOf(error, write));
        return;
      }
      this.#events.alive();
      this.#events.answered(id, answer ?? {});
    });
    this.#ongoing.set(id, ongoing);
  }

  abandon(id: number): void {
    this.#ongoing.get(id)?.cancel();
  }

  createWatch(id: number, request: WatchRequest): void {
    const call = this.#openWatch(request, {
      created: (revision) => {
        this.#events.alive();
        this.#progress?.created(id, request, revision);
        this.#events.watchCreated(id, revision);
      },
      response: (response, bytes) => {
        this.#events.watchResponse(id, response, bytes);
        this.#progress?.delivered(id, response.revision);
      },
      ended: (error) => this.#endWatch(id, error),
      broke: (reason) => this.#leave(reason),
    });
    this.#watches.set(id, call);
  }

  acknowledge(id: number, bytes: number): void {
    this.#watches.get(id)?.acknowledge(bytes);
  }

  requestProgress(id: number): void {
    if (this.#progress === undefined) this.#watches.get(id)?.requestProgress();
    else this.#progress.request(id);
  }

  cancelWatch(id: number): void {
    this.#progress?.forget(id);
    this.#watches.get(id)?.cancel();
    this.#watches.delete(id);
  }

  close(): void {
    this.#close('closed by the client');
  }

  /** Whether what is sent now goes out on the connection that was opened. */
  get #ready(): boolean {
    return this.#state === 'open' && this.#client.ready;
  }

  /** A call without which the connection does not open. */
  #dial(call: CallDefinition, message: Message, next: (answer: object) => void): void {
    this.#client.call(call, call.requestSerialize(message), true, (error, answer = {}) => {
      if (this.#state === 'closed') return;
      if (error === null) next(answer);
      else this.#close(error.details);
    });
  }

  #greeted(status: WireStatusResponse): void {
    const { user, calls } = this.#options;
    if (user === undefined) {
      this.#open(status);
      return;
    }
    const request = { name: user.username, password: user.password };
    this.#dial(calls.authenticate, request, ({ token = '' }: WireAuthenticateResponse) => {
      this.#client.setToken(token);
      this.#open(status);
    });
  }

  #open({ version = '' }: WireStatusResponse): void {
    this.#cancelDial();
    this.#state = 'open';
    if (!answersProgressInOrder(version)) this.#progress = this.#proveProgress();
    this.#client.onLost(() => this.#leave('connection lost'));
    this.#events.opened();
  }

  #proveProgress(): ProvenProgress {
    const { range } = this.#options.calls;
    const payload = range.requestSerialize(rangeRequest({ key: Uint8Array.of(0), countOnly: true, serializable: true }));
    return new ProvenProgress({
      openWatch: (request, events) => this.#openWatch(request, events),
      revision: () =>
        new Promise((resolve, reject) => {
          this.#client.call(range, payload, true, (error, answer: WireRangeResponse = {}) =>
            error === null ? resolve(revisionOf(answer.header)) : reject(error),
          );
        }),
      tell: (id, revision) => this.#events.watchResponse(id, { revision, events: [] }, 0),
      end: (id, error) => {
        this.#watches.get(id)?.cancel();
        this.#endWatch(id, error);
      },
      broke: (reason) => this.#leave(reason),
    });
  }

  #openWatch(request: WatchRequest, events: WatchCallEvents): WatchCall {
    const { calls, clock } = this.#options;
    return new WatchCall(this.#client.watchStream(calls.watch), request, clock, events);
  }

  #endWatch(id: number, error: StoreError): void {
    this.#progress?.forget(id);
    this.#watches.delete(id);
    this.#events.watchEnded(id, error);
  }

  /** etcd does not tell with the error how far history has been compacted; a watch of the beginning is told. */
  #failed(id: number, error: StoreError): void {
    if (error.code === 'unauthenticated' && this.#options.user !== undefined) {
      // The token has run out; nothing was executed. The next connection gets a new one.
      this.#events.failed(id, new StoreError('unavailable', error.message));
      this.#leave(error.message);
      return;
    }
    if (error.code !== 'compacted' || !this.#ready) {
      this.#events.failed(id, error);
      return;
    }
    const settle = (told: StoreError) => {
      probe.cancel();
      this.#events.failed(id, told.code === 'compacted' ? told : error);
    };
    const probe = this.#openWatch(
      { key: Uint8Array.of(0), startRevision: 1 },
      { created() {}, response: () => settle(error), ended: settle, broke: () => settle(error) },
    );
  }

  #leave(reason: string): void {
    if (this.#state !== 'open') return;
    this.#state = 'leaving';
    this.#endWatches();
    this.#events.leaving(reason);
  }

  #endWatches(): void {
    this.#progress?.close();
    for (const watch of this.#watches.values()) watch.cancel();
    this.#watches.clear();
  }

  #close(reason: string): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#cancelDial();
    this.#endWatches();
    for (const ongoing of this.#ongoing.values()) ongoing.cancel();
    this.#ongoing.clear();
    this.#client.close();
    this.#events.closed(reason);
  }
}
