/**
 * etcd's messages as gRPC decodes them: names of `etcd.proto`, bytes as Buffers, fields that have their default value
 * left out, enums as numbers, 64-bit integers in two halves.
 */
export interface Long {
  readonly high: number;
  readonly low: number;
}

/** A message to be sent: the same names; 64-bit integers may be numbers, or decimal strings. */
export type Message = Readonly<Record<string, unknown>>;

export interface WireHeader {
  readonly cluster_id?: Long;
  readonly member_id?: Long;
  readonly revision?: Long;
}

export interface WireKeyValue {
  readonly key?: Uint8Array;
  readonly value?: Uint8Array;
  readonly create_revision?: Long;
  readonly mod_revision?: Long;
  readonly version?: Long;
  readonly lease?: Long;
}

export interface WireRangeResponse {
  readonly header?: WireHeader;
  readonly kvs?: readonly WireKeyValue[];
  readonly more?: boolean;
  readonly count?: Long;
}

export interface WirePutResponse {
  readonly header?: WireHeader;
  readonly prev_kv?: WireKeyValue;
}

export interface WireDeleteRangeResponse {
  readonly header?: WireHeader;
  readonly deleted?: Long;
  readonly prev_kvs?: readonly WireKeyValue[];
}

export interface WireResponseOp {
  readonly response_range?: WireRangeResponse;
  readonly response_put?: WirePutResponse;
  readonly response_delete_range?: WireDeleteRangeResponse;
  readonly response_txn?: WireTxnResponse;
}

export interface WireTxnResponse {
  readonly header?: WireHeader;
  readonly succeeded?: boolean;
  readonly responses?: readonly WireResponseOp[];
}

export interface WireEvent {
  /** 0 or left out: put; 1: delete. */
  readonly type?: number;
  readonly kv?: WireKeyValue;
  readonly prev_kv?: WireKeyValue;
}

export interface WireWatchResponse {
  readonly header?: WireHeader;
  readonly created?: boolean;
  readonly canceled?: boolean;
  readonly compact_revision?: Long;
  readonly cancel_reason?: string;
  readonly events?: readonly WireEvent[];
}

export interface WireLeaseResponse {
  readonly ID?: Long;
  readonly TTL?: Long;
}

export interface WireAuthenticateResponse {
  readonly token?: string;
}

export interface WireStatusResponse {
  readonly header?: WireHeader;
  readonly version?: string;
  readonly dbSize?: Long;
  readonly leader?: Long;
  readonly raftIndex?: Long;
  readonly raftTerm?: Long;
  readonly raftAppliedIndex?: Long;
}

/** Exact below 2^53: revisions, counts, sizes. */
export function numberOf(value: Long | undefined): number {
  return value === undefined ? 0 : value.high * 2 ** 32 + (value.low >>> 0);
}

/** Ids: all 64 bits, unsigned. */
export function idOf(value: Long | undefined): bigint {
  return value === undefined ? 0n : (BigInt(value.high >>> 0) << 32n) | BigInt(value.low >>> 0);
}
