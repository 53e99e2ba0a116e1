import { Client, connectivityState, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import type { TlsMaterial } from '../failover/member-connection.js';
import { grpcKeepAlive, grpcWindowBytes } from '../limits.js';
import type { CallDefinition } from './calls.js';
import type { WatchCallStream } from './watch-call.js';

/** A call under way. */
export interface Ongoing {
  cancel(): void;
}

type Done = (error: ServiceError | null, answer?: object) => void;

const asIs = (payload: Buffer): Buffer => payload;

/** gRPC to one member: one connection, what is sent with every call, and no cleverness of the library's own. */
export class EtcdClient {
  readonly #client: Client;
  readonly #withLeader = new Metadata();
  readonly #anyhow = new Metadata();

  constructor(endpoint: URL, tls: TlsMaterial | undefined) {
    const secure = endpoint.protocol === 'https:';
    const port = endpoint.port || (secure ? '443' : '80');
    this.#client = new Client(`${endpoint.hostname}:${port}`, secure ? secured(tls) : credentials.createInsecure(), {
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
    this.#withLeader.set('hasleader', 'true');
  }

  /** Whether what is sent now goes out on a connection that stands. */
  get ready(): boolean {
    return this.#client.getChannel().getConnectivityState(false) === connectivityState.READY;
  }

  /** Calls `lost` when the connection, which stands now, does so no more. */
  onLost(lost: () => void): void {
    this.#client.getChannel().watchConnectivityState(connectivityState.READY, Number.POSITIVE_INFINITY, lost);
  }

  /** Sent with every call from now on. */
  setToken(token: string): void {
    for (const metadata of [this.#withLeader, this.#anyhow]) metadata.set('token', token);
  }

  /** @param leaderless false: a member that knows no leader refuses the call at once */
  call(definition: CallDefinition, payload: Buffer, leaderless: boolean, done: Done): Ongoing {
    const metadata = leaderless ? this.#anyhow : this.#withLeader;
    const { path, requestStream, responseDeserialize } = definition;
    if (requestStream) return this.#exchange(definition, payload, metadata, done);
    return this.#client.makeUnaryRequest(path, asIs, responseDeserialize, payload, metadata, {}, done);
  }

  watchStream({ path, requestSerialize, responseDeserialize }: CallDefinition): WatchCallStream {
    return this.#client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize, this.#withLeader);
  }

  close(): void {
    this.#client.close();
  }

  /** One message each way on a stream. */
  #exchange({ path, responseDeserialize }: CallDefinition, payload: Buffer, metadata: Metadata, done: Done): Ongoing {
    const stream = this.#client.makeBidiStreamRequest(path, asIs, responseDeserialize, metadata);
    let answer: object | undefined;
    stream.on('data', (message: object) => {
      answer ??= message;
    });
    stream.on('error', done);
    stream.on('end', () => {
      if (answer !== undefined) done(null, answer);
    });
    stream.end(payload);
    return stream;
  }
}

function secured(tls: TlsMaterial | undefined) {
  const bytes = (pem: string | Buffer | undefined) => (pem === undefined ? null : Buffer.from(pem));
  return credentials.createSsl(bytes(tls?.ca), bytes(tls?.key), bytes(tls?.cert));
}
