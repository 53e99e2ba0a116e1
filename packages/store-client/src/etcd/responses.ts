import type {
  DeleteRangeResponse,
  KeyValue,
  PutResponse,
  RangeResponse,
  ResponseOp,
  TxnResponse,
  WatchEvent,
  WatchResponse,
} from '@flotilla/mvcc';
import type { StoreStatus } from '../key-value-store.js';
import {
  idOf,
  numberOf,
  type WireDeleteRangeResponse,
  type WireEvent,
  type WireHeader,
  type WireKeyValue,
  type WirePutResponse,
  type WireRangeResponse,
  type WireResponseOp,
  type WireStatusResponse,
  type WireTxnResponse,
} from './messages.js';

const noBytes = new Uint8Array(0);

export function revisionOf(header: WireHeader | undefined): number {
  return numberOf(header?.revision);
}

export function rangeResponse({ header, kvs = [], more = false, count }: WireRangeResponse): RangeResponse {
  return { revision: revisionOf(header), kvs: kvs.map(keyValue), more, count: numberOf(count) };
}

export function putResponse({ header, prev_kv: prevKv }: WirePutResponse): PutResponse {
  return { revision: revisionOf(header), ...(prevKv !== undefined && { prevKv: keyValue(prevKv) }) };
}

export function deleteRangeResponse({ header, deleted, prev_kvs: prevKvs = [] }: WireDeleteRangeResponse): DeleteRangeResponse {
  return { revision: revisionOf(header), deleted: numberOf(deleted), prevKvs: prevKvs.map(keyValue) };
}

export function txnResponse({ header, succeeded = false, responses = [] }: WireTxnResponse): TxnResponse {
  return { revision: revisionOf(header), succeeded, responses: responses.map(responseOp) };
}

function responseOp(op: WireResponseOp): ResponseOp {
  if (op.response_range !== undefined) return { range: rangeResponse(op.response_range) };
  if (op.response_put !== undefined) return { put: putResponse(op.response_put) };
  if (op.response_delete_range !== undefined) return { deleteRange: deleteRangeResponse(op.response_delete_range) };
  return { txn: txnResponse(op.response_txn ?? {}) };
}

export function statusResponse(s: WireStatusResponse): StoreStatus {
  return {
    version: s.version ?? '',
    clusterId: idOf(s.header?.cluster_id),
    memberId: idOf(s.header?.member_id),
    leader: idOf(s.leader),
    raftTerm: numberOf(s.raftTerm),
    raftIndex: numberOf(s.raftIndex),
    raftAppliedIndex: numberOf(s.raftAppliedIndex),
    revision: revisionOf(s.header),
    dbSizeBytes: numberOf(s.dbSize),
  };
}

/** etcd sends the events of several revisions in one message; ours are told revision by revision. */
export function watchResponses(events: readonly WireEvent[]): WatchResponse[] {
  const responses: WatchResponse[] = [];
  let batch: WatchEvent[] = [];
  let revision = 0;
  for (const event of events.map(watchEvent)) {
    if (event.kv.modRevision !== revision) {
      revision = event.kv.modRevision;
      batch = [];
      responses.push({ revision, events: batch });
    }
    batch.push(event);
  }
  return responses;
}

/** What a response costs in memory, about. */
export function responseBytes({ events }: WatchResponse): number {
  return events.reduce(
    (sum, { kv, prevKv }) => sum + eventBytes + kv.key.length + kv.value.length + (prevKv?.value.length ?? 0),
    0,
  );
}

/** Objects and numbers beside an event's bytes. */
const eventBytes = 200;

function watchEvent({ type = 0, kv, prev_kv: prevKv }: WireEvent): WatchEvent {
  const event = { type: type === 0 ? 'put' : 'delete', kv: keyValue(kv ?? {}) } as const;
  return prevKv === undefined ? event : { ...event, prevKv: keyValue(prevKv) };
}

function keyValue(kv: WireKeyValue): KeyValue {
  return {
    key: plain(kv.key),
    value: plain(kv.value),
    createRevision: numberOf(kv.create_revision),
    modRevision: numberOf(kv.mod_revision),
    version: numberOf(kv.version),
    lease: idOf(kv.lease),
  };
}

/** The same bytes as a plain Uint8Array, whose `slice` copies: a Buffer's shares memory. */
function plain(bytes: Uint8Array = noBytes): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}
