import type { Face, FaceOptions } from './face.js';
import { Http2Connection } from './http2-connection.js';
import {
  compareAndSwapRequest,
  headerRevision,
  putRequest,
  rangeRequest,
  readWatchResponse,
  txnSucceeded,
  watchCreateRequest,
} from './messages.js';

/** etcd's own protocol. */
export async function openGrpcFace(options: FaceOptions): Promise<Face> {
  const lines = Array.from({ length: options.connections }, (_, i) => new Line(options, i));
  await Promise.all(lines.map((line) => line.connection()));
  const call = async (client: number, path: string, message: Uint8Array): Promise<Buffer> => {
    const connection = await lines[client % lines.length]!.connection();
    return connection.unary(path, message);
  };
  return {
    async put(client, key, value) {
      await call(client, '/etcdserverpb.KV/Put', putRequest(key, value));
    },
    async range(client, key) {
      await call(client, '/etcdserverpb.KV/Range', rangeRequest(key));
    },
    async compareAndSwap(client, key, modRevision, value) {
      const answer = await call(client, '/etcdserverpb.KV/Txn', compareAndSwapRequest(key, modRevision, value));
      if (!txnSucceeded(answer)) throw new Error('somebody else wrote the key');
      return headerRevision(answer);
    },
    watch: (client, prefix, onValue) => lines[client % lines.length]!.watch(prefix, onValue),
    async close() {
      for (const line of lines) line.close();
    },
  };
}

/** One connection at a time, and one stream of watches on it. */
class Line {
  readonly #options: FaceOptions;
  #endpoint: number;
  #connection: Http2Connection | undefined;
  #dialling: Promise<Http2Connection> | undefined;
  #sendWatch: ((message: Uint8Array) => void) | undefined;
  readonly #watches: { readonly onValue: (value: Uint8Array) => void; readonly created: () => void }[] = [];
  #created = 0;

  constructor(options: FaceOptions, index: number) {
    this.#options = options;
    this.#endpoint = index;
  }

  async connection(): Promise<Http2Connection> {
    if (this.#connection !== undefined && !this.#connection.closed) return this.#connection;
    this.#dialling ??= this.#dial().finally(() => {
      this.#dialling = undefined;
    });
    return this.#dialling;
  }

  /** All watches of a connection share one stream; the server numbers them in the order of their requests. */
  async watch(prefix: Uint8Array, onValue: (value: Uint8Array) => void): Promise<void> {
    const connection = await this.connection();
    return new Promise((created, reject) => {
      this.#watches.push({ onValue, created });
      const request = watchCreateRequest(prefix);
      if (this.#sendWatch !== undefined) this.#sendWatch(request);
      else {
        const onMessage = (message: Buffer) => this.#watchMessage(message);
        this.#sendWatch = connection.stream('/etcdserverpb.Watch/Watch', request, { onMessage, onEnd: reject });
      }
    });
  }

  close(): void {
    this.#connection?.close();
  }

  async #dial(): Promise<Http2Connection> {
    const { endpoints, credentials, failOver } = this.#options;
    if (this.#connection !== undefined && failOver === true) this.#endpoint++;
    try {
      this.#connection = await Http2Connection.connect(endpoints[this.#endpoint % endpoints.length]!, credentials);
    } catch (error) {
      if (failOver === true) this.#endpoint++;
      throw error;
    }
    return this.#connection;
  }

  #watchMessage(message: Buffer): void {
    const { watchId, created, values } = readWatchResponse(message);
    if (created) this.#watches[this.#created++]?.created();
    const watch = this.#watches[watchId];
    for (const value of values) watch?.onValue(value);
  }
}
