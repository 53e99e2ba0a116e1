/** Every limit of the store process: what it bounds, in which unit, and why this much. */

/** A client request: etcd's default for `--max-request-bytes` (1.5 MiB). */
export const requestBytesMax = 1_572_864;
/** More than this in one request makes every member slow for everybody (etcd warns above 10 MiB). */
export const requestBytesCeiling = 10_485_760;
/** What a request grows by on its way into the log (etcd allows 512 KiB for it as well). */
export const requestOverheadBytesMax = 524_288;
/** Entries in one append message; a bigger single entry goes alone. */
export const appendBytesMax = 1_048_576;
/** Appends to one follower without an answer: a full pipe on a LAN, bounded memory on a slow link. */
export const inflightMessagesMax = 256;
export const inflightBytesMax = 16_777_216;
/** Proposals that a leader holds uncommitted; beyond it clients are told to back off. On a small disk less (`disk-budget.ts`). */
export const uncommittedBytesMax = 67_108_864;
/** Entries applied in one go, so that heartbeats are not kept waiting. */
export const committedBytesMax = 4_194_304;
/** Requests waiting for their turn or their answer on one member. */
export const pendingProposalsMax = 10_000;
export const pendingReadsMax = 50_000;

/** Entries kept behind a compaction, so that a follower that was away for a moment needs no snapshot (etcd keeps 5,000). */
export const catchUpEntries = 5_000;
/**
 * The log is compacted early when its files hold this much, however few entries that are: it lives in memory as well. On a
 * small disk, or with a small quota, less (`disk-budget.ts`), but enough for several of the largest requests.
 */
export const logBytesCeiling = 134_217_728;
export const logBytesFloor = 16_777_216;
/** Whole segments of the log are deleted, and a new one costs two syncs: so many make up a full log. */
export const segmentsInLog = 8;
/** Memory that is kept for putting records of the log together: more than a batch takes under load. */
export const recordBytesKept = 1_048_576;

/** Applied state not yet in the database: written when it is this big, or this old. */
export const flushBytes = 4_194_304;
export const flushDelayMs = 500;

/**
 * The database is read in pages of about this much, or so many entries: a trip to the thread pool costs as much as reading
 * some 30 KiB, and the event loop is held up for about 5 ms by looking through 1 MiB.
 */
export const pageBytes = 1_048_576;
export const pageEntriesMax = 4_096;

/** Beyond this much not yet on disk, nothing more is applied until a flush has ended; on a small disk less (`disk-budget.ts`). */
export const unflushedBytesCeiling = 67_108_864;
/**
 * Kept free for what has to be written when the disk is full; given up then. An alarm and the end of a batch are little, but LevelDB
 * writes tables of all that it holds in memory when it is opened anew after that.
 */
export const reserveFileBytes = 16_777_216;
/**
 * Left on the disk before LevelDB, after a write that failed, is opened anew: it makes tables of what it holds in memory, twice 4 MiB
 * at most. Less than the reserve, so that what the log needs first may be taken of that.
 */
export const reopenBytesMin = 10_485_760;
/** Pause between attempts to write to a full disk. */
export const diskFullRetryMs = 1_000;
/** A synced write that takes longer is told in the log (etcd warns at the same). */
export const slowDiskMs = 1_000;

/** Outgoing bytes waiting for one peer; beyond it messages are dropped, and Raft sends them again. */
export const peerQueueBytesMax = 67_108_864;
/** Messages to a peer are gathered into one of about this size at most. */
export const peerBatchBytesTarget = 1_048_576;
export const peerFrameBytesMax = 16_777_216;
export const snapshotChunkBytes = 262_144;
/** One message of a snapshot on its way to a client, and one write to a file. */
export const snapshotBlobBytes = 65_536;
/** Scheduled snapshots closer together than this would be one long snapshot. Names tell seconds apart. */
export const snapshotIntervalMsMin = 1_000;
/** How soon a scheduled snapshot that failed is tried again, when the schedule would not have it earlier. */
export const snapshotRetryMs = 60_000;
/** A member that answers no ping for this long is gone, though TCP has not noticed: its host vanished, or the network. */
export const peerPingMs = 3_000;
/** A peer connection attempt, and the pauses between them. */
export const dialTimeoutMs = 2_000;
export const dialBackoff = { baseMs: 50, maxMs: 1_000 } as const;
/** A snapshot on its way that makes no progress for this long has failed. */
export const snapshotStallMs = 30_000;

/** A read that got no answer asks again: its request or answer may have been lost with a connection. */
export const readRetryMs = 500;
/** An entry that takes longer to apply than this is slow: etcd's threshold. */
export const slowApplyMs = 100;
/** Base of the request timeout; twice the election timeout comes on top (as in etcd). */
export const requestTimeoutMs = 5_000;
/** How often the size of the database, and what the disk has left, are looked up. */
export const databaseBytesPeriodMs = 10_000;
/**
 * What the disk has left is looked up early when the log has taken this part of it since. All that it takes is written again to
 * LevelDB's log, to a table, and now and then to the table that this one is merged into.
 */
export const spaceLookPart = 1 / 8;
/** But not for less than this. */
export const spaceLookBytesMin = 1_048_576;
/**
 * Left on the file system under the data directory when NOSPACE is raised: enough to write down the alarm, the log
 * of the commands that make room, and the tables of the compaction that does.
 */
export const freeBytesCeiling = 67_108_864;
export const freeBytesFloor = 33_554_432;
/** How often revisions are compacted away in `--auto-compaction-mode=revision` (etcd: 5 minutes). */
export const revisionCompactionPeriodMs = 300_000;
/** Steps in which periodic compaction moves on within its retention (etcd: a tenth of it). */
export const autoCompactionPeriodsPerRetention = 10;

/** How long a member that was removed stays to finish what it has begun, as in etcd. */
export const removedDelayMs = 1_000;
