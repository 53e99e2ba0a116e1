import { authPrefix } from './auth/auth-record.js';
import { readAlarm, writeAlarm } from './codec/alarms.js';
import { ByteReader } from './codec/byte-reader.js';
import { ByteWriter } from './codec/byte-writer.js';
import type { Alarm, KeyValue } from './model.js';

/** Backend keys, one letter and a big-endian number, so that revisions sort in the order they were made. */
const metaKeyBytes = Uint8Array.of(0x6d); // m
const leasePrefix = 0x6c; // l
const alarmPrefix = 0x6e; // n
const revisionPrefix = 0x72; // r

/** Everything of ours lies in [a, s): users and roles first. */
export const stateStart = Uint8Array.of(authPrefix);
export const stateEnd = Uint8Array.of(revisionPrefix + 1);
/** History begins here and goes to the end. */
export const revisionStart = Uint8Array.of(revisionPrefix);

/** Where and how a key changed, as the index remembers it. `version` 0: the key was deleted here. */
export interface KeyRevision {
  readonly main: number;
  /** Position among the changes of that revision. */
  readonly sub: number;
  readonly createRevision: number;
  readonly version: number;
  /** Size of the record. */
  readonly bytes: number;
  /** Absent: none. */
  readonly lease?: bigint;
}

export interface Meta {
  readonly revision: number;
  readonly compactRevision: number;
  /** History has been removed up to here; behind `compactRevision` while removal is under way. */
  readonly scrubbedRevision: number;
  readonly appliedIndex: number;
}

export interface LeaseRecord {
  readonly id: bigint;
  readonly ttlSeconds: number;
  readonly renewals: number;
  /** Left at the last checkpoint; 0: none since the lease was granted or renewed. */
  readonly remainingSeconds: number;
}

export type StateRecord =
  | { readonly kind: 'meta'; readonly meta: Meta }
  | { readonly kind: 'lease'; readonly lease: LeaseRecord }
  | { readonly kind: 'alarm'; readonly alarm: Alarm }
  | { readonly kind: 'revision'; readonly main: number; readonly sub: number; readonly head: ChangeHead };

/** What a change says beside the value, which stays in the backend. */
type ChangeHead = Pick<KeyValue, 'key' | 'createRevision' | 'version' | 'lease'>;

const writer = new ByteWriter(4096);

export const metaKey: Uint8Array = metaKeyBytes;

export function leaseKey(id: bigint): Uint8Array {
  return writer.u8(leasePrefix).i64(id).finish();
}

/** All there is to store of an alarm; its value is empty. */
export function alarmKey(alarm: Alarm): Uint8Array {
  return writeAlarm(writer.u8(alarmPrefix), alarm).finish();
}

/** Size of every key that `revisionKey` makes. */
export const revisionKeyBytes = 13;

export function revisionKey(main: number, sub: number): Uint8Array {
  return writer.u8(revisionPrefix).u53(main).u32(sub).finish();
}

export function encodeMeta(meta: Meta): Uint8Array {
  const { revision, compactRevision, scrubbedRevision, appliedIndex } = meta;
  // The compacted revisions start at -1.
  return writer
    .u53(revision)
    .u53(compactRevision + 1)
    .u53(scrubbedRevision + 1)
    .u53(appliedIndex)
    .finish();
}

export function encodeLease(lease: LeaseRecord): Uint8Array {
  return writer.u53(lease.ttlSeconds).u53(lease.renewals).u53(lease.remainingSeconds).finish();
}

/** A change: the key's new state, or with version 0 its tombstone. The revision is in the record's key. */
export function encodeChange(kv: KeyValue): Uint8Array {
  return writer.u53(kv.createRevision).u53(kv.version).i64(kv.lease).bytes(kv.key).raw(kv.value).finish();
}

/** @returns a tombstone as version 0, with only `key` and `modRevision` meaning anything */
export function decodeChange(main: number, record: Uint8Array): KeyValue {
  const reader = new ByteReader(record);
  const { key, createRevision, version, lease } = readChangeHead(reader);
  return { key, value: reader.rest(), createRevision, modRevision: main, version, lease };
}

function readChangeHead(reader: ByteReader): ChangeHead {
  const createRevision = reader.u53();
  const version = reader.u53();
  const lease = reader.i64();
  return { key: reader.bytes(), createRevision, version, lease };
}

/** @throws CodecError on an entry that is none of ours */
export function decodeRecord(key: Uint8Array, value: Uint8Array): StateRecord | undefined {
  const reader = new ByteReader(key);
  const fields = new ByteReader(value);
  const prefix = reader.u8();
  if (prefix === revisionPrefix) {
    const main = reader.u53();
    return { kind: 'revision', main, sub: reader.u32(), head: readChangeHead(fields) };
  }
  if (prefix === leasePrefix) {
    const lease = { id: reader.i64(), ttlSeconds: fields.u53(), renewals: fields.u53() };
    // Records of before there were checkpoints end here.
    return { kind: 'lease', lease: { ...lease, remainingSeconds: fields.remaining > 0 ? fields.u53() : 0 } };
  }
  if (prefix === alarmPrefix) return { kind: 'alarm', alarm: readAlarm(reader) };
  if (prefix === metaKeyBytes[0]) {
    const revision = fields.u53();
    const compactRevision = fields.u53() - 1;
    const scrubbedRevision = fields.u53() - 1;
    return { kind: 'meta', meta: { revision, compactRevision, scrubbedRevision, appliedIndex: fields.u53() } };
  }
  return undefined;
}
