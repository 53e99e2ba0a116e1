import { statfs } from 'node:fs/promises';
import {
  freeBytesCeiling,
  freeBytesFloor,
  logBytesCeiling,
  logBytesFloor,
  segmentsInLog,
  uncommittedBytesMax,
  unflushedBytesCeiling,
} from '../limits.js';

/** What a member may take of its disk beside its database. */
export interface DiskBudget {
  /** The log is compacted early when its files hold this much. */
  readonly logBytesMax: number;
  /** A segment of the log. */
  readonly segmentBytes: number;
  /** Applied, and not yet in the database: until it is, the log cannot let go of it. */
  readonly unflushedBytesMax: number;
  /** Accepted by a leader, and not yet in the log. */
  readonly uncommittedBytesMax: number;
  /** NOSPACE goes up when less than this is left. */
  readonly freeBytesMin: number;
}

/**
 * Most of the disk, and most of what the quota says the operator expects, is for the database: a log as on a large disk would leave
 * a small one no room, and would not get smaller by what is done against NOSPACE.
 * @param diskBytes of the whole file system
 * @param quotaBytes `--quota-backend-bytes`; 0: none
 */
export function diskBudget(diskBytes: number, quotaBytes: number): DiskBudget {
  const share = Math.min(diskBytes / 8, quotaBytes > 0 ? quotaBytes / 8 : Number.POSITIVE_INFINITY);
  const logBytesMax = within(share, logBytesFloor, logBytesCeiling);
  return {
    logBytesMax,
    segmentBytes: Math.floor(logBytesMax / segmentsInLog),
    unflushedBytesMax: Math.min(logBytesMax / 2, unflushedBytesCeiling),
    uncommittedBytesMax: Math.min(logBytesMax / 2, uncommittedBytesMax),
    freeBytesMin: within(diskBytes / 4, freeBytesFloor, freeBytesCeiling),
  };
}

/** The size of the file system that `dir` lies on. */
export async function diskBytesOf(dir: string): Promise<number> {
  const { blocks, bsize } = await statfs(dir);
  return blocks * bsize;
}

function within(bytes: number, min: number, max: number): number {
  return Math.floor(Math.min(Math.max(bytes, min), max));
}
