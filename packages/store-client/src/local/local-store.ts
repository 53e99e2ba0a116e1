import type { AbortSignalLike, Clock, Random } from '@flotilla/base';
import {
  type Command,
  type CommandResponse,
  type DeleteRangeRequest,
  type DeleteRangeResponse,
  encodeCommand,
  isReadOnly,
  Lessor,
  MemoryBackend,
  MvccStore,
  type PutRequest,
  type PutResponse,
  type RangeRequest,
  type RangeResponse,
  StoreError,
  type TxnRequest,
  type TxnResponse,
  type WatchRequest,
} from '@flotilla/mvcc';
import type { KeyValueStore, StoreStatus, WatchStream } from '../key-value-store.js';
import { LocalWatch } from './local-watch.js';

export interface LocalOptions {
  /** Measures leases. */
  readonly clock: Clock;
  /** Chooses lease ids. */
  readonly random: Random;
}

/** A store in this process, in memory, alone: for tests. Gone when the process is. */
export function openLocal(options: LocalOptions): KeyValueStore {
  return new LocalStore(options);
}

class LocalStore implements KeyValueStore {
  readonly #store = MvccStore.empty(new MemoryBackend(), { defer: (work) => setImmediate(work) });
  readonly #random: Random;
  readonly #lessor: Lessor;
  readonly #watches = new Set<LocalWatch>();
  #index = 0;
  #closed = false;

  constructor({ clock, random }: LocalOptions) {
    this.#random = random;
    const propose = (command: Command) => this.#store.apply(++this.#index, encodeCommand(command));
    this.#lessor = new Lessor(clock, propose, { promotionMarginMs: 0 });
    this.#store.observeLeases(this.#lessor);
    this.#lessor.setLeading(true);
  }

  async range(request: RangeRequest, signal?: AbortSignalLike): Promise<RangeResponse> {
    this.#check(signal);
    return this.#store.range(request);
  }

  async put(request: PutRequest, signal?: AbortSignalLike): Promise<PutResponse> {
    return this.#apply({ put: request }, signal, (r) => ('put' in r ? r.put : undefined));
  }

  async deleteRange(request: DeleteRangeRequest, signal?: AbortSignalLike): Promise<DeleteRangeResponse> {
    return this.#apply({ deleteRange: request }, signal, (r) => ('deleteRange' in r ? r.deleteRange : undefined));
  }

  async txn(request: TxnRequest, signal?: AbortSignalLike): Promise<TxnResponse> {
    this.#check(signal);
    if (isReadOnly(request)) return this.#store.read(request);
    return this.#apply({ txn: request }, signal, (r) => ('txn' in r ? r.txn : undefined));
  }

  async compact(revision: number, signal?: AbortSignalLike): Promise<void> {
    this.#apply({ compact: { revision } }, signal, (r) => ('compact' in r ? r.compact : undefined));
  }

  watch(request: WatchRequest): WatchStream {
    const watch = new LocalWatch(this.#store, request, (ended) => this.#watches.delete(ended));
    this.#watches.add(watch);
    if (this.#closed) watch.cancel();
    return watch;
  }

  async leaseGrant(ttlSeconds: number, id?: bigint): Promise<{ id: bigint; ttlSeconds: number }> {
    const chosen = id ?? BigInt(1 + Math.floor(this.#random.next() * 2 ** 52));
    return this.#apply({ leaseGrant: { ttlSeconds, id: chosen } }, undefined, (r) =>
      'leaseGrant' in r ? r.leaseGrant : undefined,
    );
  }

  async leaseRevoke(id: bigint): Promise<void> {
    this.#apply({ leaseRevoke: { id } }, undefined, (r) => ('leaseRevoke' in r ? r.leaseRevoke : undefined));
  }

  async leaseKeepAlive(id: bigint): Promise<number> {
    const answer = this.#apply({ leaseKeepAlive: { id } }, undefined, (r) =>
      'leaseKeepAlive' in r ? r.leaseKeepAlive : undefined,
    );
    return answer.ttlSeconds;
  }

  async status(): Promise<StoreStatus> {
    this.#check(undefined);
    return {
      version: '3.5.0',
      clusterId: 1n,
      memberId: 1n,
      leader: 1n,
      raftTerm: 1,
      raftIndex: this.#index,
      raftAppliedIndex: this.#index,
      revision: this.#store.revision,
      dbSizeBytes: this.#store.bytes,
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#lessor.close();
    for (const watch of [...this.#watches]) watch.cancel();
  }

  #check(signal: AbortSignalLike | undefined): void {
    if (this.#closed) throw new StoreError('cancelled', 'the store client was closed');
    if (signal?.aborted) throw signal.reason;
  }

  #apply<T>(command: Command, signal: AbortSignalLike | undefined, pick: (response: CommandResponse) => T | undefined): T {
    this.#check(signal);
    const result = this.#store.apply(++this.#index, encodeCommand(command));
    if ('error' in result) throw result.error;
    const picked = pick(result.response);
    if (picked === undefined) throw new TypeError('the answer is not of the kind of the command');
    return picked;
  }
}
