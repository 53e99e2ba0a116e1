import type {
  DeleteRangeResponse,
  KeyValue,
  PutResponse,
  RangeResponse,
  ResponseOp,
  TxnResponse,
  WatchEvent,
  WatchResponse,
} from '../model.js';
import { type ByteReader, CodecError } from './byte-reader.js';
import type { ByteWriter } from './byte-writer.js';
import { readMany } from './requests.js';

export function writeKeyValue(w: ByteWriter, kv: KeyValue): void {
  w.u53(kv.createRevision).u53(kv.modRevision).u53(kv.version).i64(kv.lease).bytes(kv.key).bytes(kv.value);
}

export function readKeyValue(r: ByteReader): KeyValue {
  const createRevision = r.u53();
  const modRevision = r.u53();
  const version = r.u53();
  const lease = r.i64();
  const key = r.bytes();
  return { key, value: r.bytes(), createRevision, modRevision, version, lease };
}

function writeKeyValues(w: ByteWriter, kvs: readonly KeyValue[]): void {
  w.u32(kvs.length);
  for (const kv of kvs) writeKeyValue(w, kv);
}

export function writeRangeResponse(w: ByteWriter, r: RangeResponse): void {
  w.u53(r.revision)
    .u53(r.count)
    .u8(r.more ? 1 : 0);
  writeKeyValues(w, r.kvs);
}

export function readRangeResponse(r: ByteReader): RangeResponse {
  const revision = r.u53();
  const count = r.u53();
  const more = r.u8() === 1;
  return { revision, count, more, kvs: readMany(r, readKeyValue) };
}

export function writePutResponse(w: ByteWriter, r: PutResponse): void {
  w.u53(r.revision).u8(r.prevKv === undefined ? 0 : 1);
  if (r.prevKv !== undefined) writeKeyValue(w, r.prevKv);
}

export function readPutResponse(r: ByteReader): PutResponse {
  const revision = r.u53();
  return r.u8() === 1 ? { revision, prevKv: readKeyValue(r) } : { revision };
}

export function writeDeleteRangeResponse(w: ByteWriter, r: DeleteRangeResponse): void {
  w.u53(r.revision).u53(r.deleted);
  writeKeyValues(w, r.prevKvs);
}

export function readDeleteRangeResponse(r: ByteReader): DeleteRangeResponse {
  const revision = r.u53();
  return { revision, deleted: r.u53(), prevKvs: readMany(r, readKeyValue) };
}

export function writeTxnResponse(w: ByteWriter, r: TxnResponse): void {
  w.u53(r.revision)
    .u8(r.succeeded ? 1 : 0)
    .u32(r.responses.length);
  for (const op of r.responses) writeResponseOp(w, op);
}

export function readTxnResponse(r: ByteReader): TxnResponse {
  const revision = r.u53();
  const succeeded = r.u8() === 1;
  return { revision, succeeded, responses: readMany(r, readResponseOp) };
}

function writeResponseOp(w: ByteWriter, op: ResponseOp): void {
  if ('range' in op) writeRangeResponse(w.u8(0), op.range);
  else if ('put' in op) writePutResponse(w.u8(1), op.put);
  else if ('deleteRange' in op) writeDeleteRangeResponse(w.u8(2), op.deleteRange);
  else writeTxnResponse(w.u8(3), op.txn);
}

function readResponseOp(r: ByteReader): ResponseOp {
  const kind = r.u8();
  switch (kind) {
    case 0:
      return { range: readRangeResponse(r) };
    case 1:
      return { put: readPutResponse(r) };
    case 2:
      return { deleteRange: readDeleteRangeResponse(r) };
    case 3:
      return { txn: readTxnResponse(r) };
    default:
      throw new CodecError(`no such answer: ${kind}`);
  }
}

export function writeWatchResponse(w: ByteWriter, r: WatchResponse): void {
  w.u53(r.revision).u32(r.events.length);
  for (const event of r.events) {
    w.u8((event.type === 'delete' ? 1 : 0) | (event.prevKv === undefined ? 0 : 2));
    writeKeyValue(w, event.kv);
    if (event.prevKv !== undefined) writeKeyValue(w, event.prevKv);
  }
}

export function readWatchResponse(r: ByteReader): WatchResponse {
  const revision = r.u53();
  return { revision, events: readMany(r, readEvent) };
}

function readEvent(r: ByteReader): WatchEvent {
  const flags = r.u8();
  const type = (flags & 1) === 0 ? 'put' : 'delete';
  const kv = readKeyValue(r);
  return (flags & 2) === 0 ? { type, kv } : { type, kv, prevKv: readKeyValue(r) };
}
