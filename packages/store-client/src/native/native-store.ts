import type { AbortSignalLike, Random } from '@flotilla/base';
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
  type TxnRequest,
  type TxnResponse,
  type WatchRequest,
  writeRange,
} from '@flotilla/mvcc';
import type { DialerOptions } from '../failover/dialer.js';
import { RemoteStore } from '../failover/remote-store.js';
import type { KeyValueStore, StoreStatus, WatchStream } from '../key-value-store.js';
import { Connection, type NativeRequest } from './connection.js';
import { frameTypes, readStatus } from './frames.js';

export type NativeOptions = DialerOptions;

/**
 * A store reached over the native protocol. Connects when first used; requests and watches survive the loss of
 * members as long as one of the endpoints answers in time.
 * @throws TypeError when an endpoint is no http(s) URL, or there is none
 */
export function openNative(options: NativeOptions): KeyValueStore {
  return new NativeStore(options);
}

const noBytes = new Uint8Array(0);

class NativeStore implements KeyValueStore {
  readonly #random: Random;
  readonly #remote: RemoteStore<NativeRequest, Uint8Array>;
  readonly #scratch = new ByteWriter();

  constructor(options: NativeOptions) {
    this.#random = options.random;
    this.#remote = new RemoteStore(options, (endpoint, tls, events) => new Connection(endpoint, tls, options.clock, events));
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
    return this.#remote.watch(request);
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

  close(): Promise<void> {
    return this.#remote.close();
  }

  #command(command: Command, signal?: AbortSignalLike, write = true): Promise<ByteReader> {
    return this.#request(frameTypes.command, encodeCommand(command), write, signal);
  }

  async #request(type: number, payload: Uint8Array, write: boolean, signal?: AbortSignalLike): Promise<ByteReader> {
    return new ByteReader(await this.#remote.request({ type, payload }, payload.length, write, signal));
  }

  /** 63 bits, not zero: etcd's lease ids are positive. */
  #randomId(): bigint {
    const high = BigInt(Math.floor(this.#random.next() * 2 ** 31));
    const low = BigInt(1 + Math.floor(this.#random.next() * (2 ** 32 - 1)));
    return (high << 32n) | low;
  }
}
