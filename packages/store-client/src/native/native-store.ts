import type { AbortSignalLike, Clock, Random } from '@flotilla/base';
import {
  ByteReader,
  ByteWriter,
  type Command,
  type DeleteRangeRequest,
  type DeleteRangeResponse,
  encodeCommand,
  isReadOnly,
  type PutRequest,
  type PutResponse,
  type RangeRequest,
  type RangeResponse,
  readDeleteRangeResponse,
  readPutResponse,
  readRangeResponse,
  readTxnResponse,
  readWatchResponse,
  StoreError,
  storeErrors,
  type TxnRequest,
  type TxnResponse,
  type WatchRequest,
  writeRange,
  writeWatch,
} from '@flotilla/mvcc';
import type { KeyValueStore, StoreStatus, WatchStream } from '../key-value-store.js';
import { unavailableSwitchMs } from '../limits.js';
import type { Connection } from './connection.js';
import { Dialer, type DialerOptions } from './dialer.js';
import { type Frame, frameTypes, type Hello, readError, readStatus } from './frames.js';
import { NativeWatch } from './native-watch.js';
import { Requests } from './requests.js';

export type NativeOptions = DialerOptions;

/**
 * A store reached over the native protocol. Connects when first used; requests and watches survive the loss of
 * members as long as one of the endpoints answers in time.
 * @throws TypeError when an endpoint is no http(s) URL, or there is none
 */
export function openNative(options: NativeOptions): KeyValueStore {
  if (options.endpoints.length === 0) throw new TypeError('no store endpoint given');
  for (const endpoint of options.endpoints) {
    if (!/^https?:$/.test(new URL(endpoint).protocol)) throw new TypeError(`not an http or https URL: ${endpoint}`);
  }
  return new NativeStore(options);
}

const noBytes = new Uint8Array(0);

class NativeStore implements KeyValueStore {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #dialer: Dialer;
  readonly #requests: Requests;
  readonly #watches = new Map<number, NativeWatch>();
  readonly #scratch = new ByteWriter();
  #connection: Connection | undefined;
  #requestBytesMax = Number.POSITIVE_INFINITY;
  #unavailableSinceMs: number | undefined;
  #lastId = 0;
  #closed = false;

  constructor(options: NativeOptions) {
    this.#clock = options.clock;
    this.#random = options.random;
    this.#requests = new Requests(options.clock, options.random, ({ type, id, payload }) => {
      if (payload.length > this.#requestBytesMax) {
        this.#requests.fail(id, storeErrors.tooLarge()); // the member would hang up
        return undefined;
      }
      this.#connection?.send(type, id, (w) => w.raw(payload));
      return this.#connection;
    });
    this.#dialer = new Dialer(options, {
      opened: (connection, hello) => this.#opened(connection, hello),
      frame: (connection, frame) => this.#frame(frame, connection === this.#connection),
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

  async range(request: RangeRequest, signal?: AbortSignalLike): Promise<RangeResponse> {
    writeRange(this.#scratch, request);
    const answer = await this.#request(frameTypes.range, this.#scratch.finish(), false, signal);
    return readRangeResponse(answer);
  }

  async put(request: PutRequest, signal?: AbortSignalLike): Promise<PutResponse> {
    return readPutResponse(await this.#command({ put: request }, signal));
  }

  async deleteRange(request: DeleteRangeRequest, signal?: AbortSignalLike): Promise<DeleteRangeResponse> {
    return readDeleteRangeResponse(await this.#command({ deleteRange: request }, signal));
  }

  async txn(request: TxnRequest, signal?: AbortSignalLike): Promise<TxnResponse> {
    return readTxnResponse(await this.#command({ txn: request }, signal, !isReadOnly(request)));
  }

  async compact(revision: number, signal?: AbortSignalLike): Promise<void> {
    await this.#command({ compact: { revision } }, signal);
  }

  watch(request: WatchRequest): WatchStream {
    const watch = new NativeWatch(this.#nextId(), request, {
      acknowledge: ({ id }, bytes) => this.#connection?.send(frameTypes.watchAck, id, (w) => w.u32(bytes)),
      progress: ({ id }) => this.#connection?.send(frameTypes.watchProgress, id),
      cancelled: ({ id }) => {
        this.#watches.delete(id);
        this.#connection?.send(frameTypes.watchCancel, id);
      },
    });
    if (this.#closed) {
      watch.onEnd({ error: storeErrors.stopped() });
      return watch;
    }
    this.#watches.set(watch.id, watch);
    this.#createWatch(watch);
    this.#dialer.ensure();
    return watch;
  }

  async leaseGrant(ttlSeconds: number, id?: bigint): Promise<{ id: bigint; ttlSeconds: number }> {
    const answer = await this.#command({ leaseGrant: { ttlSeconds, id: id ?? this.#randomId() } });
    return { id: answer.i64(), ttlSeconds: answer.u53() };
  }

  async leaseRevoke(id: bigint): Promise<void> {
    await this.#command({ leaseRevoke: { id } });
  }

  async leaseKeepAlive(id: bigint): Promise<number> {
    const answer = await this.#command({ leaseKeepAlive: { id } }, undefined, false); // renewing twice does no harm
    answer.i64();
    return answer.u53();
  }

  async status(signal?: AbortSignalLike): Promise<StoreStatus> {
    return readStatus(await this.#request(frameTypes.status, noBytes, false, signal));
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#requests.close(new StoreError('cancelled', 'the store client was closed'));
    for (const watch of this.#watches.values()) watch.onEnd({});
    this.#watches.clear();
    this.#dialer.close();
  }

  /** @param write false: doing it twice is the same as doing it once, so it is tried again when an answer gets lost */
  #command(command: Command, signal?: AbortSignalLike, write = true): Promise<ByteReader> {
    const payload = encodeCommand(command);
    return this.#request(frameTypes.command, payload, write, signal);
  }

  async #request(type: number, payload: Uint8Array, write: boolean, signal?: AbortSignalLike): Promise<ByteReader> {
    if (this.#closed) throw new StoreError('cancelled', 'the store client was closed');
    const answer = this.#requests.add({ id: this.#nextId(), type, payload }, write, signal);
    this.#dialer.ensure();
    return new ByteReader(await answer);
  }

  #opened(connection: Connection, hello: Hello): void {
    this.#connection = connection;
    this.#requestBytesMax = hello.requestBytesMax;
    this.#unavailableSinceMs = undefined;
    for (const watch of this.#watches.values()) this.#createWatch(watch);
    this.#requests.sendAll();
  }

  #createWatch(watch: NativeWatch): void {
    if (this.#connection === undefined) return;
    const request = watch.resumption();
    this.#connection.send(frameTypes.watchCreate, watch.id, (w) => writeWatch(w, request));
  }

  /** @param present false: the connection was left; its answers count, its watches were created anew elsewhere */
  #frame({ type, id, payload }: Frame, present: boolean): void {
    const reader = new ByteReader(payload);
    if (type === frameTypes.answer) {
      if (present && id !== 0) this.#unavailableSinceMs = undefined; // 0 answers pings
      this.#requests.answer(id, payload);
    } else if (type === frameTypes.error) this.#failed(id, readError(reader), present);
    else if (!present) return;
    else if (type === frameTypes.watchCreated) this.#watches.get(id)?.onCreated(reader.u53());
    else if (type === frameTypes.watchEvents) this.#watches.get(id)?.onResponse(readWatchResponse(reader), payload.length);
    else if (type === frameTypes.watchEnd) this.#watchEnded(id, readError(reader));
  }

  #failed(id: number, error: StoreError, present: boolean): void {
    const keptSinceMs = this.#requests.fail(id, error);
    if (keptSinceMs === undefined || !present) return;
    this.#unavailableSinceMs ??= keptSinceMs;
    if (this.#clock.monotonicMs() - this.#unavailableSinceMs < unavailableSwitchMs) return;
    this.#unavailableSinceMs = undefined;
    this.#dialer.switchMember();
  }

  #watchEnded(id: number, error: StoreError): void {
    const watch = this.#watches.get(id);
    if (watch === undefined) return;
    this.#watches.delete(id);
    watch.onEnd({ error });
  }

  #nextId(): number {
    this.#lastId = this.#lastId >= 0xffff_ffff ? 1 : this.#lastId + 1; // by the time it wraps, old ids are settled
    return this.#lastId;
  }

  /** 63 bits, not zero: etcd's lease ids are positive. */
  #randomId(): bigint {
    const high = BigInt(Math.floor(this.#random.next() * 2 ** 31));
    const low = BigInt(1 + Math.floor(this.#random.next() * (2 ** 32 - 1)));
    return (high << 32n) | low;
  }
}
