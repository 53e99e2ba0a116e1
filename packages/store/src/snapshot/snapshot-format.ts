import type { ClusterMember } from '../member.js';
import { formatId, parseId } from '../node/ids.js';

/**
 * A snapshot file: everything a member has applied at one moment. All numbers are big-endian.
 *
 * ```
 * magic           16 bytes, "flotilla-store", LF, NUL
 * version         u32, 1
 * header          u32 length, then JSON: whose state it is, as of which entry of the log, and the members
 * entries         u32 key length, u32 value length, key, value; in key order
 * end             u32 0xffffffff, u32 0
 * padding         zeros, up to a multiple of 512 bytes
 * digest          SHA-256 of everything before it
 * ```
 *
 * The padding is there for `etcdctl snapshot save`, which takes a file for whole when its size is 32 beyond a multiple of 512.
 */
export interface SnapshotHeader {
  readonly clusterId: bigint;
  /** Whose copy it is. */
  readonly memberId: bigint;
  readonly revision: number;
  /** The last log entry that is in it, or a later term than its. */
  readonly applied: { readonly index: number; readonly term: number };
  readonly members: readonly ClusterMember[];
}

export const magic: Uint8Array = Buffer.from('flotilla-store\n\0');
export const version = 1;
/** A header names at most some dozens of members. */
export const headerBytesMax = 1_048_576;
/** Far beyond the largest request: more means damage. */
export const entryBytesMax = 67_108_864;
export const entryHeadBytes = 8;
export const endMark = 0xffff_ffff;
export const alignment = 512;
export const digestBytes = 32;

/** What is wrong with a file that should be a snapshot. */
export class SnapshotFormatError extends Error {
  override readonly name = 'SnapshotFormatError';
}

interface StoredHeader {
  readonly clusterId: string;
  readonly memberId: string;
  readonly revision: number;
  readonly appliedIndex: number;
  readonly appliedTerm: number;
  readonly members: readonly { id: string; name: string; peerUrls: string[]; clientUrls: string[]; isLearner: boolean }[];
}

/** Magic, version and header. */
export function encodePreamble({ clusterId, memberId, revision, applied, members }: SnapshotHeader): Buffer {
  const stored = {
    ...{ clusterId: formatId(clusterId), memberId: formatId(memberId), revision },
    ...{ appliedIndex: applied.index, appliedTerm: applied.term },
    members: members.map((member) => ({ ...member, id: formatId(member.id) })),
  };
  const header = Buffer.from(JSON.stringify(stored));
  const numbers = Buffer.alloc(8);
  numbers.writeUInt32BE(version, 0);
  numbers.writeUInt32BE(header.length, 4);
  return Buffer.concat([magic, numbers, header]);
}

/** @throws SnapshotFormatError */
export function decodeHeader(bytes: Buffer): SnapshotHeader {
  try {
    const stored = JSON.parse(bytes.toString()) as StoredHeader; // `encodePreamble` wrote it; the digest says whether it is intact
    return {
      ...{ clusterId: parseId(stored.clusterId), memberId: parseId(stored.memberId), revision: stored.revision },
      applied: { index: stored.appliedIndex, term: stored.appliedTerm },
      members: stored.members.map((member) => ({ ...member, id: parseId(member.id) })),
    };
  } catch {
    throw new SnapshotFormatError('the header of the snapshot is damaged');
  }
}

/** Bytes before the digest. */
export function contentBytes(preambleBytes: number, entries: { readonly entries: number; readonly bytes: number }): number {
  return aligned(preambleBytes + entries.bytes + (entries.entries + 1) * entryHeadBytes);
}

export function aligned(bytes: number): number {
  return Math.ceil(bytes / alignment) * alignment;
}
