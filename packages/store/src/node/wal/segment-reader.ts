import {
  type Batch,
  decodeBatch,
  decodeSegmentHeader,
  headerBytes,
  readBody,
  readHeader,
  recordAlignment,
  recordBytes,
  type SegmentHeader,
} from './record.js';

/** What lies in a segment, in order. */
export type Item =
  | { readonly kind: 'segment'; readonly header: SegmentHeader }
  | { readonly kind: 'batch'; readonly batch: Batch }
  | { readonly kind: 'damage'; readonly damage: Damage };

/** A place that does not hold what was written there. */
export interface Damage {
  readonly segment: number;
  readonly offset: number;
  readonly what: 'body' | 'header';
  /** The entries that were there; absent when its header is damaged too, which would have told. */
  readonly lost?: { readonly firstIndex: number; readonly lastIndex: number; readonly lastTerm: number };
}

export interface SegmentContents {
  readonly items: readonly Item[];
  /** Where the last record ends. Behind it lies, if anything, a write that a crash cut short. */
  readonly end: number;
}

const sectorBytes = 512;

/**
 * Reads a segment. A write that was cut short can only be the last thing in the last segment, and shows as missing
 * bytes or as whole sectors of zeros; it was never acknowledged. Everything else that is wrong is damage.
 */
export function readSegment(bytes: Uint8Array, segment: number, isLast: boolean): SegmentContents {
  const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const items: Item[] = [];
  let at = 0;
  while (at < data.length) {
    const header = readHeader(data, { segment, offset: at });
    const next = header === undefined ? nextHeader(data, segment, at) : at + recordBytes(header);
    const body = header === undefined ? undefined : readBody(data, at, header);
    if (header !== undefined && body !== undefined) {
      if (header.kind === 'segment') items.push({ kind: 'segment', header: decodeSegmentHeader(body) });
      else items.push({ kind: 'batch', batch: decodeBatch(body, header.firstIndex) });
    } else {
      if (isLast && next >= data.length && isCutShort(data, at, next)) return { items, end: at };
      const lost = header === undefined ? {} : { lost: header };
      items.push({ kind: 'damage', damage: { segment, offset: at, what: header === undefined ? 'header' : 'body', ...lost } });
    }
    at = next;
  }
  return { items, end: at };
}

/** The next place where a record begins; the end when there is none. */
function nextHeader(data: Buffer, segment: number, from: number): number {
  for (let at = from + recordAlignment; at + headerBytes <= data.length; at += recordAlignment) {
    if (readHeader(data, { segment, offset: at }) !== undefined) return at;
  }
  return data.length;
}

function isCutShort(data: Buffer, from: number, expectedEnd: number): boolean {
  if (expectedEnd > data.length || data.length - from < headerBytes) return true;
  for (let at = from; at < data.length; at = (Math.floor(at / sectorBytes) + 1) * sectorBytes) {
    const sector = data.subarray(at, Math.min(data.length, (Math.floor(at / sectorBytes) + 1) * sectorBytes));
    if (sector.length >= recordAlignment && sector.every((byte) => byte === 0)) return true;
  }
  return false;
}
