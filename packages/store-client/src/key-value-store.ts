import type { AbortSignalLike } from '@flotilla/base';

/**
 * The etcd v3 key-value model, as every driver offers it. Shapes and semantics are those of etcd's
 * `rpc.proto` (etcd API reference v3.5): keys and values are bytes; a revision is the store-wide
 * counter that every change increments by one.
 *
 * Revisions are JavaScript numbers: exact up to 2^53, which at 10,000 changes a second lasts 28,000 years.
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

export interface KeyValue {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  readonly createRevision: number;
  readonly modRevision: number;
  /** Changes since creation, 1 for the first; 0 in a delete event. */
  readonly version: number;
  /** 0n: none. */
  readonly lease: bigint;
}

export interface RangeRequest {
  readonly key: Uint8Array;
  /** Exclusive; absent: the one key; a single zero byte: everything from `key` on. See `prefixEnd`. */
  readonly rangeEnd?: Uint8Array;
  /** 0 or absent: no limit. */
  readonly limit?: number;
  /** Read the past; 0 or absent: now. */
  readonly revision?: number;
  readonly sortOrder?: 'none' | 'ascend' | 'descend';
  readonly sortTarget?: 'key' | 'version' | 'create' | 'mod' | 'value';
  /** True: answered by the contacted member alone, perhaps stale. Default: linearizable. */
  readonly serializable?: boolean;
  readonly keysOnly?: boolean;
  readonly countOnly?: boolean;
  readonly minModRevision?: number;
  readonly maxModRevision?: number;
  readonly minCreateRevision?: number;
  readonly maxCreateRevision?: number;
}

/** Every answer carries the store revision at which it was made. */
export interface Header {
  readonly revision: number;
}

export interface RangeResponse extends Header {
  readonly kvs: readonly KeyValue[];
  /** More keys exist than the limit let through. */
  readonly more: boolean;
  /** Keys in the range, whatever the limit. */
  readonly count: number;
}

export interface PutRequest {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  readonly lease?: bigint;
  readonly prevKv?: boolean;
  readonly ignoreValue?: boolean;
  readonly ignoreLease?: boolean;
}

export interface PutResponse extends Header {
  readonly prevKv?: KeyValue;
}

export interface DeleteRangeRequest {
  readonly key: Uint8Array;
  readonly rangeEnd?: Uint8Array;
  readonly prevKv?: boolean;
}

export interface DeleteRangeResponse extends Header {
  readonly deleted: number;
  readonly prevKvs: readonly KeyValue[];
}

export type CompareResult = 'equal' | 'greater' | 'less' | 'not_equal';

export interface Compare {
  readonly key: Uint8Array;
  readonly rangeEnd?: Uint8Array;
  readonly result: CompareResult;
  /** What is compared. A key that does not exist has version, create and mod revision 0. */
  readonly target:
    | { readonly version: number }
    | { readonly createRevision: number }
    | { readonly modRevision: number }
    | { readonly value: Uint8Array }
    | { readonly lease: bigint };
}

export type RequestOp =
  | { readonly range: RangeRequest }
  | { readonly put: PutRequest }
  | { readonly deleteRange: DeleteRangeRequest }
  | { readonly txn: TxnRequest };

export type ResponseOp =
  | { readonly range: RangeResponse }
  | { readonly put: PutResponse }
  | { readonly deleteRange: DeleteRangeResponse }
  | { readonly txn: TxnResponse };

export interface TxnRequest {
  readonly compare: readonly Compare[];
  readonly success: readonly RequestOp[];
  readonly failure: readonly RequestOp[];
}

export interface TxnResponse extends Header {
  readonly succeeded: boolean;
  readonly responses: readonly ResponseOp[];
}

export interface WatchRequest {
  readonly key: Uint8Array;
  readonly rangeEnd?: Uint8Array;
  /** First revision to deliver; 0 or absent: changes after the watch was made. */
  readonly startRevision?: number;
  readonly prevKv?: boolean;
  /** Asks for an empty response now and then, so that the watcher's revision keeps up. */
  readonly progressNotify?: boolean;
  readonly filters?: readonly ('noput' | 'nodelete')[];
}

export interface WatchEvent {
  readonly type: 'put' | 'delete';
  /** For a delete: only `key` and `modRevision` mean anything. */
  readonly kv: KeyValue;
  readonly prevKv?: KeyValue;
}

/** All events of one revision arrive in one response. No events: everything up to `revision` has been delivered. */
export interface WatchResponse extends Header {
  readonly events: readonly WatchEvent[];
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

/** The exclusive end of the range of all keys that start with `prefix`. */
export function prefixEnd(prefix: Uint8Array): Uint8Array {
  for (let i = prefix.length - 1; i >= 0; i--) {
    const byte = prefix[i] ?? 0xff;
    if (byte < 0xff) {
      const end = prefix.slice(0, i + 1);
      end[i] = byte + 1;
      return end;
    }
  }
  return Uint8Array.of(0);
}
