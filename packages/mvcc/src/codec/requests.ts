import type {
  Compare,
  CompareResult,
  DeleteRangeRequest,
  PutRequest,
  RangeRequest,
  RequestOp,
  TxnRequest,
  WatchRequest,
} from '../model.js';
import { type ByteReader, CodecError } from './byte-reader.js';
import type { ByteWriter } from './byte-writer.js';

const sortOrders = ['none', 'ascend', 'descend'] as const;
const sortTargets = ['key', 'version', 'create', 'mod', 'value'] as const;
const compareResults: readonly CompareResult[] = ['equal', 'greater', 'less', 'not_equal'];
const filterNames = ['noput', 'nodelete'] as const;

function at<T>(list: readonly T[], index: number): T {
  const item = list[index];
  if (item === undefined) throw new CodecError(`no such choice: ${index}`);
  return item;
}

const flag = (set: boolean | undefined, bit: number): number => (set === true ? bit : 0);

export function writeRange(w: ByteWriter, r: RangeRequest): void {
  const bounded =
    r.minModRevision !== undefined ||
    r.maxModRevision !== undefined ||
    r.minCreateRevision !== undefined ||
    r.maxCreateRevision !== undefined;
  w.u8(
    flag(r.rangeEnd !== undefined, 1) | flag(r.serializable, 2) | flag(r.keysOnly, 4) | flag(r.countOnly, 8) | flag(bounded, 16),
  );
  w.u8(sortOrders.indexOf(r.sortOrder ?? 'none')).u8(sortTargets.indexOf(r.sortTarget ?? 'key'));
  w.u53(r.limit ?? 0)
    .u53(r.revision ?? 0)
    .bytes(r.key);
  if (r.rangeEnd !== undefined) w.bytes(r.rangeEnd);
  if (!bounded) return;
  w.u53(r.minModRevision ?? 0).u53(r.maxModRevision ?? 0);
  w.u53(r.minCreateRevision ?? 0).u53(r.maxCreateRevision ?? 0);
}

export function readRange(r: ByteReader): RangeRequest {
  const flags = r.u8();
  const sortOrder = at(sortOrders, r.u8());
  const sortTarget = at(sortTargets, r.u8());
  const limit = r.u53();
  const revision = r.u53();
  const key = r.bytes();
  return {
    key,
    limit,
    revision,
    sortOrder,
    sortTarget,
    serializable: (flags & 2) !== 0,
    keysOnly: (flags & 4) !== 0,
    countOnly: (flags & 8) !== 0,
    ...((flags & 1) !== 0 && { rangeEnd: r.bytes() }),
    ...((flags & 16) !== 0 && {
      minModRevision: r.u53(),
      maxModRevision: r.u53(),
      minCreateRevision: r.u53(),
      maxCreateRevision: r.u53(),
    }),
  };
}

export function writePut(w: ByteWriter, r: PutRequest): void {
  w.u8(flag(r.prevKv, 1) | flag(r.ignoreValue, 2) | flag(r.ignoreLease, 4));
  w.i64(r.lease ?? 0n)
    .bytes(r.key)
    .bytes(r.value);
}

export function readPut(r: ByteReader): PutRequest {
  const flags = r.u8();
  const lease = r.i64();
  const key = r.bytes();
  return {
    key,
    value: r.bytes(),
    lease,
    prevKv: (flags & 1) !== 0,
    ignoreValue: (flags & 2) !== 0,
    ignoreLease: (flags & 4) !== 0,
  };
}

export function writeDeleteRange(w: ByteWriter, r: DeleteRangeRequest): void {
  w.u8(flag(r.prevKv, 1) | flag(r.rangeEnd !== undefined, 2)).bytes(r.key);
  if (r.rangeEnd !== undefined) w.bytes(r.rangeEnd);
}

export function readDeleteRange(r: ByteReader): DeleteRangeRequest {
  const flags = r.u8();
  const key = r.bytes();
  return { key, prevKv: (flags & 1) !== 0, ...((flags & 2) !== 0 && { rangeEnd: r.bytes() }) };
}

function writeCompare(w: ByteWriter, c: Compare): void {
  w.u8(compareResults.indexOf(c.result))
    .u8(flag(c.rangeEnd !== undefined, 1))
    .bytes(c.key);
  if (c.rangeEnd !== undefined) w.bytes(c.rangeEnd);
  const t = c.target;
  if ('version' in t) w.u8(0).u53(t.version);
  else if ('createRevision' in t) w.u8(1).u53(t.createRevision);
  else if ('modRevision' in t) w.u8(2).u53(t.modRevision);
  else if ('value' in t) w.u8(3).bytes(t.value);
  else w.u8(4).i64(t.lease);
}

function readCompare(r: ByteReader): Compare {
  const result = at(compareResults, r.u8());
  const ranged = r.u8() === 1;
  const key = r.bytes();
  const span = { key, ...(ranged && { rangeEnd: r.bytes() }), result };
  return { ...span, target: readCompareTarget(r) };
}

function readCompareTarget(r: ByteReader): Compare['target'] {
  const kind = r.u8();
  switch (kind) {
    case 0:
      return { version: r.u53() };
    case 1:
      return { createRevision: r.u53() };
    case 2:
      return { modRevision: r.u53() };
    case 3:
      return { value: r.bytes() };
    case 4:
      return { lease: r.i64() };
    default:
      throw new CodecError(`no such compare target: ${kind}`);
  }
}

export function writeTxn(w: ByteWriter, r: TxnRequest): void {
  w.u32(r.compare.length);
  for (const compare of r.compare) writeCompare(w, compare);
  for (const branch of [r.success, r.failure]) {
    w.u32(branch.length);
    for (const op of branch) writeOp(w, op);
  }
}

export function readTxn(r: ByteReader): TxnRequest {
  return {
    compare: readMany(r, readCompare),
    success: readMany(r, readOp),
    failure: readMany(r, readOp),
  };
}

/** Counts come from outside: each item takes a byte at least, so a count beyond what is left is a lie. */
export function readMany<T>(r: ByteReader, read: (r: ByteReader) => T): T[] {
  const count = r.u32();
  if (count > r.remaining) throw new CodecError(`${count} items announced, ${r.remaining} bytes left`);
  const items: T[] = [];
  for (let i = 0; i < count; i++) items.push(read(r));
  return items;
}

function writeOp(w: ByteWriter, op: RequestOp): void {
  if ('range' in op) writeRange(w.u8(0), op.range);
  else if ('put' in op) writePut(w.u8(1), op.put);
  else if ('deleteRange' in op) writeDeleteRange(w.u8(2), op.deleteRange);
  else writeTxn(w.u8(3), op.txn);
}

function readOp(r: ByteReader): RequestOp {
  const kind = r.u8();
  switch (kind) {
    case 0:
      return { range: readRange(r) };
    case 1:
      return { put: readPut(r) };
    case 2:
      return { deleteRange: readDeleteRange(r) };
    case 3:
      return { txn: readTxn(r) };
    default:
      throw new CodecError(`no such operation: ${kind}`);
  }
}

export function writeWatch(w: ByteWriter, r: WatchRequest): void {
  const filters = r.filters ?? [];
  w.u8(
    flag(r.rangeEnd !== undefined, 1) |
      flag(r.prevKv, 2) |
      flag(r.progressNotify, 4) |
      flag(filters.includes('noput'), 8) |
      flag(filters.includes('nodelete'), 16),
  );
  w.u53(r.startRevision ?? 0).bytes(r.key);
  if (r.rangeEnd !== undefined) w.bytes(r.rangeEnd);
}

export function readWatch(r: ByteReader): WatchRequest {
  const flags = r.u8();
  const startRevision = r.u53();
  const key = r.bytes();
  return {
    key,
    startRevision,
    prevKv: (flags & 2) !== 0,
    progressNotify: (flags & 4) !== 0,
    filters: filterNames.filter((_, i) => (flags & (8 << i)) !== 0),
    ...((flags & 1) !== 0 && { rangeEnd: r.bytes() }),
  };
}
