import type { AuthInfo, AuthRequest, AuthResponse } from './auth/auth-model.js';

/**
 * The etcd v3 key-value model: shapes and semantics are those of etcd's `rpc.proto` (etcd API reference v3.5).
 * Keys and values are bytes; a revision is the store-wide counter that every change increments by one.
 *
 * Revisions are JavaScript numbers: exact up to 2^53, which at 10,000 changes a second lasts 28,000 years.
 */

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

/** What goes through the Raft log. One command is one revision at most. */
export type Command = PlainCommand | { readonly authorized: AuthorizedCommand };

/** A command in a user's name. Whether the user may do it is checked when it is applied: rights may change before. */
export interface AuthorizedCommand extends AuthInfo {
  readonly command: PlainCommand;
}

export type PlainCommand =
  | { readonly put: PutRequest }
  | { readonly deleteRange: DeleteRangeRequest }
  | { readonly txn: TxnRequest }
  | { readonly compact: CompactRequest }
  | { readonly leaseGrant: LeaseGrantRequest }
  | { readonly leaseRevoke: LeaseRequest }
  | { readonly leaseKeepAlive: LeaseRequest }
  | { readonly leaseExpire: LeaseExpireRequest }
  | { readonly leaseCheckpoint: LeaseCheckpointRequest }
  | { readonly alarm: AlarmRequest }
  | { readonly auth: AuthRequest };

export interface CompactRequest {
  /** The oldest revision that stays readable. */
  readonly revision: number;
}

export interface LeaseGrantRequest {
  readonly ttlSeconds: number;
  /** Chosen before the command is proposed: commands carry no chance. */
  readonly id: bigint;
}

export interface LeaseRequest {
  readonly id: bigint;
}

/** The leader saw the lease run out. Void when the lease was renewed in the meantime. */
export interface LeaseExpireRequest extends LeaseRequest {
  /** Renewals of the lease that the leader had seen. */
  readonly renewals: number;
}

/** How much time the leader sees leases have left: what a restart goes on from. */
export interface LeaseCheckpointRequest {
  readonly checkpoints: readonly LeaseCheckpoint[];
}

/** Void when the lease is gone, or was renewed in the meantime. */
export interface LeaseCheckpoint extends LeaseExpireRequest {
  /** Rounded up; at least 1. */
  readonly remainingSeconds: number;
}

/** What keeps the whole cluster from taking changes: a member without space, or one whose data differs from the others'. */
export type AlarmType = 'no-space' | 'corrupt';

export interface Alarm {
  /** Unsigned, as members' ids are. 0n: nobody knows which member. */
  readonly memberId: bigint;
  readonly type: AlarmType;
}

export interface AlarmRequest extends Alarm {
  readonly action: 'activate' | 'deactivate';
}

/** The alarm that was asked for, if it is up, or was until now. */
export interface AlarmResponse extends Header {
  readonly alarms: readonly Alarm[];
}

export interface LeaseResponse extends Header {
  readonly id: bigint;
  /** Granted time to live; 0 when the lease does not exist. */
  readonly ttlSeconds: number;
}

export type CommandResponse =
  | { readonly put: PutResponse }
  | { readonly deleteRange: DeleteRangeResponse }
  | { readonly txn: TxnResponse }
  | { readonly compact: Header }
  | { readonly leaseGrant: LeaseResponse }
  | { readonly leaseRevoke: Header }
  | { readonly leaseKeepAlive: LeaseResponse }
  | { readonly leaseExpire: Header }
  | { readonly leaseCheckpoint: Header }
  | { readonly alarm: AlarmResponse }
  | { readonly auth: AuthResponse };
