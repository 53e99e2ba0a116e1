import type { AbortSignalLike } from '@flotilla/base';
import {
  type DeleteRangeRequest,
  type DeleteRangeResponse,
  isReadOnly,
  type PutRequest,
  type PutResponse,
  type RangeRequest,
  type RangeResponse,
  type TxnRequest,
  type TxnResponse,
  type WatchRequest,
} from '@flotilla/mvcc';
import type { DialerOptions } from '../failover/dialer.js';
import { RemoteStore } from '../failover/remote-store.js';
import type { KeyValueStore, StoreStatus, WatchStream } from '../key-value-store.js';
import { loadCalls } from './calls.js';
import { EtcdConnection, type EtcdRequest, type EtcdUser } from './etcd-connection.js';
import { idOf, type Message, numberOf, type WireLeaseResponse } from './messages.js';
import { deleteRangeRequest, putRequest, rangeRequest, txnRequest } from './requests.js';
import { deleteRangeResponse, putResponse, rangeResponse, statusResponse, txnResponse } from './responses.js';

export interface EtcdOptions extends DialerOptions {
  /** Where etcd's own users are in force; a client certificate's common name serves as well. */
  readonly user?: EtcdUser;
}

/**
 * A store that speaks etcd's v3 API over gRPC: an etcd, or this project's own store. Connects when first used; requests
 * and watches survive the loss of members as long as one of the endpoints answers in time.
 * @throws TypeError when an endpoint is no http(s) URL, or there is none
 */
export function openEtcd(options: EtcdOptions): KeyValueStore {
  return new EtcdStore(options);
}

interface CallOptions {
  readonly signal?: AbortSignalLike | undefined;
  /** May change the store. */
  readonly write?: boolean;
  readonly leaderless?: boolean;
}

class EtcdStore implements KeyValueStore {
  readonly #call = loadCalls();
  readonly #remote: RemoteStore<EtcdRequest, object>;

  constructor(options: EtcdOptions) {
    const calls = {
      authenticate: this.#call('Auth/Authenticate'),
      status: this.#call('Maintenance/Status'),
      range: this.#call('KV/Range'),
      watch: this.#call('Watch/Watch'),
    };
    const { clock, user } = options;
    this.#remote = new RemoteStore(
      options,
      (endpoint, tls, events) => new EtcdConnection(endpoint, tls, { user, clock, calls }, events),
    );
  }

  async range(request: RangeRequest, signal?: AbortSignalLike): Promise<RangeResponse> {
    const options = { signal, leaderless: request.serializable === true };
    return rangeResponse(await this.#request('KV/Range', rangeRequest(request), options));
  }

  async put(request: PutRequest, signal?: AbortSignalLike): Promise<PutResponse> {
    return putResponse(await this.#request('KV/Put', putRequest(request), { signal, write: true }));
  }

  async deleteRange(request: DeleteRangeRequest, signal?: AbortSignalLike): Promise<DeleteRangeResponse> {
    return deleteRangeResponse(await this.#request('KV/DeleteRange', deleteRangeRequest(request), { signal, write: true }));
  }

  async txn(request: TxnRequest, signal?: AbortSignalLike): Promise<TxnResponse> {
    return txnResponse(await this.#request('KV/Txn', txnRequest(request), { signal, write: !isReadOnly(request) }));
  }

  async compact(revision: number, signal?: AbortSignalLike): Promise<void> {
    await this.#request('KV/Compact', { revision }, { signal, write: true });
  }

  watch(request: WatchRequest): WatchStream {
    return this.#remote.watch(request);
  }

  /** Without an id, etcd chooses one. */
  async leaseGrant(ttlSeconds: number, id = 0n): Promise<{ id: bigint; ttlSeconds: number }> {
    const request = { TTL: ttlSeconds, ID: id.toString() };
    const answer = await this.#request<WireLeaseResponse>('Lease/LeaseGrant', request, { write: true });
    return { id: idOf(answer.ID), ttlSeconds: numberOf(answer.TTL) };
  }

  async leaseRevoke(id: bigint): Promise<void> {
    await this.#request('Lease/LeaseRevoke', { ID: id.toString() }, { write: true });
  }

  async leaseKeepAlive(id: bigint): Promise<number> {
    const answer = await this.#request<WireLeaseResponse>('Lease/LeaseKeepAlive', { ID: id.toString() }); // renewing twice does no harm
    return numberOf(answer.TTL);
  }

  async status(signal?: AbortSignalLike): Promise<StoreStatus> {
    return statusResponse(await this.#request('Maintenance/Status', {}, { signal, leaderless: true }));
  }

  close(): Promise<void> {
    return this.#remote.close();
  }

  async #request<Answer extends object>(name: string, message: Message, options: CallOptions = {}): Promise<Answer> {
    const { signal, write = false, leaderless = false } = options;
    const call = this.#call(name);
    const payload = call.requestSerialize(message);
    const answer = await this.#remote.request({ call, payload, leaderless }, payload.length, write, signal);
    return answer as Answer; // what `etcd.proto` says that the call answers
  }
}
