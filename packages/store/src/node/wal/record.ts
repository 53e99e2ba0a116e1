import { crc32 } from 'node:zlib';
import type { Entry, HardState } from '@flotilla/raft';

/*
 * A record of the write-ahead log: a header, then a body padded with zeros to a multiple of eight.
 *
 * ```
 * header  bodyBytes u32 · bodyChecksum u32 · firstIndex f64 · lastIndex f64 · lastTerm f64 · kind u32 · headerChecksum u32
 * body    segment: JSON        batch: term f64 · vote u64 · commit f64 · count u32 · { type u8 · term f64 · length u32 · data }*
 * ```
 *
 * The header has a checksum of its own, so that a damaged body still tells which entries it held. It is seeded with the
 * record's place: a record that turns up elsewhere is not taken for one.
 */

export const headerBytes = 40;
const alignment = 8;

export interface Place {
  /** Number of the segment. */
  readonly segment: number;
  readonly offset: number;
}

type RecordKind = 'segment' | 'batch';

export interface RecordHeader {
  readonly kind: RecordKind;
  readonly bodyBytes: number;
  readonly bodyChecksum: number;
  /** Of the entries in it; 0 when there are none. */
  readonly firstIndex: number;
  readonly lastIndex: number;
  readonly lastTerm: number;
}

/** One atomic change of the log: `entries` take the place of everything from their first index on. */
export interface Batch {
  readonly hardState: HardState;
  readonly entries: readonly Entry[];
}

/** What a segment begins with: whose log it is, and where the log begins as of now. */
export interface SegmentHeader {
  readonly version: 1;
  readonly clusterId: string;
  readonly memberId: string;
  readonly name: string;
  /** The last entry before the log: compacted away, or part of a snapshot. */
  readonly start: { readonly index: number; readonly term: number };
  /** Nothing before this segment counts: a snapshot took its place, or what was there has been copied here. */
  readonly reset: boolean;
}

const kinds: readonly RecordKind[] = ['segment', 'batch'];

export function recordBytes({ bodyBytes }: RecordHeader): number {
  return headerBytes + padded(bodyBytes);
}

/** @param take gives the memory that the record is written to */
export function encodeBatch(batch: Batch, place: Place, take: (bytes: number) => Buffer = Buffer.allocUnsafe): Buffer {
  const { hardState, entries } = batch;
  let bodyBytes = 28;
  for (const entry of entries) bodyBytes += 13 + entry.data.length;
  const record = take(headerBytes + padded(bodyBytes));
  let at = record.writeDoubleBE(hardState.term, headerBytes);
  at = record.writeBigUInt64BE(hardState.vote, at);
  at = record.writeDoubleBE(hardState.commit, at);
  at = record.writeUInt32BE(entries.length, at);
  for (const entry of entries) {
    at = record.writeUInt8(entry.type === 'normal' ? 0 : 1, at);
    at = record.writeDoubleBE(entry.term, at);
    at = record.writeUInt32BE(entry.data.length, at);
    record.set(entry.data, at);
    at += entry.data.length;
  }
  const last = entries.at(-1);
  const extent = { firstIndex: entries[0]?.index ?? 0, lastIndex: last?.index ?? 0, lastTerm: last?.term ?? 0 };
  return seal(record, { kind: 'batch', bodyBytes, ...extent }, place);
}

export function encodeSegmentHeader(header: SegmentHeader, place: Place): Buffer {
  const body = Buffer.from(JSON.stringify(header));
  const record = Buffer.allocUnsafe(headerBytes + padded(body.length));
  record.set(body, headerBytes);
  return seal(record, { kind: 'segment', bodyBytes: body.length, firstIndex: 0, lastIndex: 0, lastTerm: 0 }, place);
}

function seal(record: Buffer, header: Omit<RecordHeader, 'bodyChecksum'>, place: Place): Buffer {
  const { kind, bodyBytes, firstIndex, lastIndex, lastTerm } = header;
  record.fill(0, headerBytes + bodyBytes);
  record.writeUInt32BE(bodyBytes, 0);
  record.writeUInt32BE(crc32(record.subarray(headerBytes)), 4);
  record.writeDoubleBE(firstIndex, 8);
  record.writeDoubleBE(lastIndex, 16);
  record.writeDoubleBE(lastTerm, 24);
  record.writeUInt32BE(kinds.indexOf(kind), 32);
  record.writeUInt32BE(headerChecksum(record, place), 36);
  return record;
}

/** @returns undefined when no sound header begins at `place.offset` of `segment` */
export function readHeader(segment: Buffer, place: Place): RecordHeader | undefined {
  const header = segment.subarray(place.offset, place.offset + headerBytes);
  if (header.length < headerBytes || header.readUInt32BE(36) !== headerChecksum(header, place)) return undefined;
  const kind = kinds[header.readUInt32BE(32)];
  if (kind === undefined) return undefined;
  return {
    kind,
    bodyBytes: header.readUInt32BE(0),
    bodyChecksum: header.readUInt32BE(4),
    firstIndex: header.readDoubleBE(8),
    lastIndex: header.readDoubleBE(16),
    lastTerm: header.readDoubleBE(24),
  };
}

/** The body of a record, if all of it is there and undamaged. */
export function readBody(segment: Buffer, offset: number, header: RecordHeader): Buffer | undefined {
  const body = segment.subarray(offset + headerBytes, offset + recordBytes(header));
  const whole = body.length === padded(header.bodyBytes) && crc32(body) === header.bodyChecksum;
  return whole ? body.subarray(0, header.bodyBytes) : undefined;
}

/** @param body of a batch whose first entry has `firstIndex` */
export function decodeBatch(body: Buffer, firstIndex: number): Batch {
  const hardState = { term: body.readDoubleBE(0), vote: body.readBigUInt64BE(8), commit: body.readDoubleBE(16) };
  const count = body.readUInt32BE(24);
  const entries: Entry[] = [];
  for (let i = 0, at = 28; i < count; i++) {
    const type = body.readUInt8(at) === 0 ? ('normal' as const) : ('conf-change' as const);
    const from = at + 13;
    at = from + body.readUInt32BE(at + 9);
    // A view on the segment, and no copy: neighbours live equally long, so that at most one segment is held in memory for nothing.
    entries.push({ index: firstIndex + i, type, term: body.readDoubleBE(from - 12), data: body.subarray(from, at) });
  }
  return { hardState, entries };
}

export function decodeSegmentHeader(body: Buffer): SegmentHeader {
  return JSON.parse(body.toString()) as SegmentHeader; // its checksum says that we wrote it
}

function headerChecksum(header: Buffer, { segment, offset }: Place): number {
  const place = Buffer.allocUnsafe(8);
  place.writeUInt32BE(segment, 0);
  place.writeUInt32BE(offset, 4);
  return crc32(header.subarray(0, 36), crc32(place));
}

function padded(bytes: number): number {
  return Math.ceil(bytes / alignment) * alignment;
}

/** Records begin at multiples of it. */
export const recordAlignment: number = alignment;
