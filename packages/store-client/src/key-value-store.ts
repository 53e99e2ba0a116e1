import type { AbortSignalLike } from '@flotilla/base';
import type {
  DeleteRangeRequest,
  DeleteRangeResponse,
  PutRequest,
  PutResponse,
  RangeRequest,
  RangeResponse,
  TxnRequest,
  TxnResponse,
  WatchRequest,
  WatchResponse,
} from '@flotilla/mvcc';

/**
 * The etcd v3 key-value model, as every driver offers it; its shapes are explained in `@flotilla/mvcc`.
 * Every call throws `StoreError` for what etcd would refuse, and the signal's reason when cancelled.
 */
export interface KeyValueStore {
  range(request: RangeRequest, signal?: AbortSignalLike): Promise<RangeResponse>;
  put(request: PutRequest, signal?: AbortSignalLike): Promise<PutResponse>;
  deleteRange(request: DeleteRangeRequest, signal?: AbortSignalLike): Promise<DeleteRangeResponse>;
  /** Atomic: compares, then one of the two branches, all at one revision. */
  txn(request: TxnRequest, signal?: AbortSignalLike): Promise<TxnResponse>;
  /** Forgets history before `revision`. */
  compact(revision: number, signal?: AbortSignalLike): Promise<void>;
  /** Events from `startRevision` on (or from now), in order, each exactly once, across reconnects and failovers. */
  watch(request: WatchRequest): WatchStream;
  leaseGrant(ttlSeconds: number, id?: bigint): Promise<{ readonly id: bigint; readonly ttlSeconds: number }>;
  leaseRevoke(id: bigint): Promise<void>;
  /** @returns the renewed time to live in seconds; 0 when the lease is gone */
  leaseKeepAlive(id: bigint): Promise<number>;
  /** Asks one endpoint how it is: for readiness checks and the status command. */
  status(signal?: AbortSignalLike): Promise<StoreStatus>;
  close(): Promise<void>;
}

export interface WatchStream extends AsyncIterable<WatchResponse> {
  /** Resolves with the store revision once the watch stands: every later change will be delivered. */
  readonly created: Promise<number>;
  /** Asks for a response without events that tells how far the watch has come. */
  requestProgress(): void;
  /** Ends the iteration. */
  cancel(): void;
}

export interface StoreStatus {
  readonly version: string;
  readonly clusterId: bigint;
  readonly memberId: bigint;
  /** 0n: no leader known. */
  readonly leader: bigint;
  readonly raftTerm: number;
  readonly raftIndex: number;
  readonly raftAppliedIndex: number;
  readonly revision: number;
  readonly dbSizeBytes: number;
}
