import type { Cancel, Clock } from '@flotilla/base';
import { StoreError, type WatchRequest } from '@flotilla/mvcc';
import { Client, connectivityState, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import type { MemberConnection, MemberEvents, Outgoing, TlsMaterial } from '../failover/member-connection.js';
import { dialTimeoutMs, grpcKeepAlive, grpcWindowBytes } from '../limits.js';
import type { CallDefinition } from './calls.js';
import { storeErrorOf } from './errors.js';
import type { WireRangeResponse, WireStatusResponse } from './messages.js';
import { answersProgressInOrder } from './progress-versions.js';
import { ProvenProgress } from './proven-progress.js';
import { rangeRequest } from './requests.js';
import { revisionOf } from './responses.js';
import { WatchCall, type WatchCallEvents, type WatchCallStream } from './watch-call.js';

export interface EtcdRequest {
  readonly call: CallDefinition;
  /** The message, serialized. */
  readonly payload: Buffer;
  /** May be answered by a member that knows no leader; any other is refused by such a member at once. */
  readonly leaderless: boolean;
}

/** The calls that a connection makes by itself. */
export interface ConnectionCalls {
  readonly status: CallDefinition;
  readonly range: CallDefinition;
  readonly watch: CallDefinition;
}

interface Ongoing {
  cancel(): void;
}

const asIs = (payload: Buffer): Buffer => payload;

/** One HTTP/2 connection to one member of an etcd. */
export class EtcdConnection implements MemberConnection<EtcdRequest> {
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #calls: ConnectionCalls;
  readonly #events: MemberEvents<object>;
  readonly #ongoing = new Map<number, Ongoing>();
  readonly #watches = new Map<number, WatchCall>();
  readonly #withLeader = new Metadata();
  readonly #anyhow = new Metadata();
  #progress: ProvenProgress | undefined;
  #state: 'opening' | 'open' | 'leaving' | 'closed' = 'opening';
  #cancelDial: Cancel;

  constructor(
    endpoint: string,
    tls: TlsMaterial | undefined,
    clock: Clock,
    calls: ConnectionCalls,
    events: MemberEvents<object>,
  ) {
    this.#clock = clock;
    this.#calls = calls;
    this.#events = events;
    this.#withLeader.set('hasleader', 'true');
    this.#client = newClient(new URL(endpoint), tls);
    this.#cancelDial = clock.after(dialTimeoutMs, () => this.#close('connection timed out'));
    this.#unary(calls.status, calls.status.requestSerialize({}), this.#anyhow, (error, status) => {
      if (this.#state === 'closed') return;
      if (error === null) this.#open(status ?? {});
      else this.#close(error.details);
    });
  }

  send({ id, request: { call, payload, leaderless }, write }: Outgoing<EtcdRequest>): void {
    if (!this.#ready) {
      this.#events.failed(id, new StoreError('unavailable', 'etcdserver: connection lost'));
      return;
    }
    const run = call.requestStream ? this.#exchange : this.#unary;
    const ongoing = run.call(this, call, payload, leaderless ? this.#anyhow : this.#withLeader, (error, answer) => {
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
    return this.#state === 'open' && this.#client.getChannel().getConnectivityState(false) === connectivityState.READY;
  }

  #open({ version = '' }: WireStatusResponse): void {
    this.#cancelDial();
    this.#state = 'open';
    if (!answersProgressInOrder(version)) this.#progress = this.#proveProgress();
    const channel = this.#client.getChannel();
    channel.watchConnectivityState(connectivityState.READY, Number.POSITIVE_INFINITY, () => this.#leave('connection lost'));
    this.#events.opened();
  }

  #proveProgress(): ProvenProgress {
    const { range } = this.#calls;
    const payload = range.requestSerialize(rangeRequest({ key: Uint8Array.of(0), countOnly: true, serializable: true }));
    return new ProvenProgress({
      openWatch: (request, events) => this.#openWatch(request, events),
      revision: () =>
        new Promise((resolve, reject) => {
          this.#unary(range, payload, this.#anyhow, (error, answer: WireRangeResponse = {}) =>
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
    const { path, requestSerialize, responseDeserialize } = this.#calls.watch;
    const stream: WatchCallStream = this.#client.makeBidiStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      this.#withLeader,
    );
    return new WatchCall(stream, request, this.#clock, events);
  }

  #endWatch(id: number, error: StoreError): void {
    this.#progress?.forget(id);
    this.#watches.delete(id);
    this.#events.watchEnded(id, error);
  }

  #unary(
    { path, responseDeserialize }: CallDefinition,
    payload: Buffer,
    metadata: Metadata,
    done: (error: ServiceError | null, answer?: object) => void,
  ): Ongoing {
    return this.#client.makeUnaryRequest(path, asIs, responseDeserialize, payload, metadata, {}, done);
  }

  /** One message each way on a stream. */
  #exchange(
    { path, responseDeserialize }: CallDefinition,
    payload: Buffer,
    metadata: Metadata,
    done: (error: ServiceError | null, answer?: object) => void,
  ): Ongoing {
    const stream = this.#client.makeBidiStreamRequest(path, asIs, responseDeserialize, metadata);
    let answer: object | undefined;
    stream.on('data', (message: object) => {
      answer ??= message;
    });
    stream.on('error', (error: ServiceError) => done(error));
    stream.on('end', () => {
      if (answer !== undefined) done(null, answer);
    });
    stream.end(payload);
    return stream;
  }

  /** etcd does not tell with the error how far history has been compacted; a watch of the beginning is told. */
  #failed(id: number, error: StoreError): void {
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

function newClient(endpoint: URL, tls: TlsMaterial | undefined): Client {
  const secure = endpoint.protocol === 'https:';
  const port = endpoint.port || (secure ? '443' : '80');
  const bytes = (pem: string | Buffer | undefined) => (pem === undefined ? null : Buffer.from(pem));
  const security = secure
    ? credentials.createSsl(bytes(tls?.ca), bytes(tls?.key), bytes(tls?.cert))
    : credentials.createInsecure();
  return new Client(`${endpoint.hostname}:${port}`, security, {
    'grpc.use_local_subchannel_pool': 1, // a connection is this client's own, and so are its certificates
    'grpc.enable_http_proxy': 0,
    'grpc.enable_retries': 0,
    'grpc.service_config_disable_resolution': 1,
    'grpc.max_receive_message_length': -1,
    'grpc.max_send_message_length': -1,
    'grpc.keepalive_time_ms': grpcKeepAlive.intervalMs,
    'grpc.keepalive_timeout_ms': grpcKeepAlive.timeoutMs,
    'grpc-node.flow_control_window': grpcWindowBytes,
  });
}
