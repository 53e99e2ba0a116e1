import { type AbortSignalLike, backoffMs, sleep } from '@flotilla/base';
import {
  type DeleteRangeRequest,
  type DeleteRangeResponse,
  type PutRequest,
  type PutResponse,
  type RangeRequest,
  type RangeResponse,
  StoreError,
  type TxnRequest,
  type TxnResponse,
  type WatchRequest,
} from '@flotilla/mvcc';
import { checkEndpoints, type DialerOptions } from '../failover/dialer.js';
import type { KeyValueStore, StoreStatus, WatchStream } from '../key-value-store.js';
import { reconnectBackoff, retryWindowMs } from '../limits.js';
import { openNative } from '../native/native-store.js';
import { detectProtocol } from './detect-protocol.js';
import { LateWatch } from './late-watch.js';

/**
 * A store that speaks the native protocol, or an etcd: which of them is found out when it is first used, once and for
 * all. The driver for etcd is loaded only if it is one.
 * @throws TypeError when an endpoint is no http(s) URL, or there is none
 */
export function openDetected(options: DialerOptions): KeyValueStore {
  checkEndpoints(options.endpoints);
  return new DetectedStore(options);
}

class DetectedStore implements KeyValueStore {
  readonly #options: DialerOptions;
  readonly #closing = new AbortController();
  #store: KeyValueStore | undefined;
  #detection: Promise<KeyValueStore> | undefined;

  constructor(options: DialerOptions) {
    this.#options = options;
  }

  async range(request: RangeRequest, signal?: AbortSignalLike): Promise<RangeResponse> {
    return (await this.#opened(signal)).range(request, signal);
  }

  async put(request: PutRequest, signal?: AbortSignalLike): Promise<PutResponse> {
    return (await this.#opened(signal)).put(request, signal);
  }

  async deleteRange(request: DeleteRangeRequest, signal?: AbortSignalLike): Promise<DeleteRangeResponse> {
    return (await this.#opened(signal)).deleteRange(request, signal);
  }

  async txn(request: TxnRequest, signal?: AbortSignalLike): Promise<TxnResponse> {
    return (await this.#opened(signal)).txn(request, signal);
  }

  async compact(revision: number, signal?: AbortSignalLike): Promise<void> {
    return (await this.#opened(signal)).compact(revision, signal);
  }

  watch(request: WatchRequest): WatchStream {
    return this.#store?.watch(request) ?? new LateWatch(this.#open(undefined, Number.POSITIVE_INFINITY), request);
  }

  async leaseGrant(ttlSeconds: number, id?: bigint): Promise<{ readonly id: bigint; readonly ttlSeconds: number }> {
    return (await this.#opened()).leaseGrant(ttlSeconds, id);
  }

  async leaseRevoke(id: bigint): Promise<void> {
    return (await this.#opened()).leaseRevoke(id);
  }

  async leaseKeepAlive(id: bigint): Promise<number> {
    return (await this.#opened()).leaseKeepAlive(id);
  }

  async status(signal?: AbortSignalLike): Promise<StoreStatus> {
    return (await this.#opened(signal)).status(signal);
  }

  async close(): Promise<void> {
    this.#closing.abort(new StoreError('cancelled', 'the store client was closed'));
    const store = this.#store ?? (await this.#detection?.catch(() => undefined));
    await store?.close();
  }

  #opened(signal?: AbortSignalLike): KeyValueStore | Promise<KeyValueStore> {
    return this.#store ?? this.#open(signal, retryWindowMs);
  }

  /** Tries again until some endpoint has answered, or the time is up. */
  async #open(signal: AbortSignalLike | undefined, windowMs: number): Promise<KeyValueStore> {
    const { clock, random } = this.#options;
    const startMs = clock.monotonicMs();
    for (let failures = 1; ; failures++) {
      if (this.#closing.signal.aborted) throw this.#closing.signal.reason;
      if (signal?.aborted) throw signal.reason;
      const delayMs = backoffMs(failures, reconnectBackoff, random);
      try {
        return await this.#detect();
      } catch (error) {
        if (clock.monotonicMs() - startMs + delayMs >= windowMs) throw error;
      }
      await sleep(clock, delayMs, signal ?? this.#closing.signal);
    }
  }

  /** One attempt at a time, for all who wait. */
  #detect(): Promise<KeyValueStore> {
    this.#detection ??= this.#attempt().finally(() => {
      this.#detection = undefined;
    });
    return this.#detection;
  }

  async #attempt(): Promise<KeyValueStore> {
    const { endpoints, log } = this.#options;
    const protocol = await detectProtocol(this.#options);
    const open = protocol === 'native' ? openNative : (await import('../etcd/etcd-store.js')).openEtcd;
    log.info({ endpoints, protocol }, protocol === 'native' ? 'the store speaks the native protocol' : 'the store is an etcd');
    this.#store = open(this.#options);
    return this.#store;
  }
}
