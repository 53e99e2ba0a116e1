/** A member's 64-bit id, never zero. */
export type NodeId = bigint;

/** Stands for "no member" where an id is expected: no leader known, no vote cast. */
export const noNode: NodeId = 0n;

/** One slot of the replicated log. `index` starts at 1 and has no gaps; `term` never decreases along the log. */
export interface Entry {
  readonly index: number;
  readonly term: number;
  /** A conf change holds an encoded `ConfChange`; an empty normal entry is a new leader's first, and means nothing. */
  readonly type: 'normal' | 'conf-change';
  readonly data: Uint8Array;
}

/** What must be on disk before any message that depends on it leaves. */
export interface HardState {
  readonly term: number;
  /** Whom this member voted for in `term`. */
  readonly vote: NodeId;
  readonly commit: number;
}

/** The membership in force. During a joint change (Raft thesis §4.3) both voter sets must agree. */
export interface ConfState {
  readonly voters: readonly NodeId[];
  /** The old voters during a joint change, else empty. */
  readonly votersOutgoing: readonly NodeId[];
  readonly learners: readonly NodeId[];
  /** Voters of the old set that become learners when the joint change ends. */
  readonly learnersNext: readonly NodeId[];
}

/** Describes a state that replaces every log entry up to `index`. The bytes are the driver's business. */
export interface SnapshotMeta {
  readonly index: number;
  readonly term: number;
  readonly conf: ConfState;
}

export type Role = 'follower' | 'pre-candidate' | 'candidate' | 'leader';

/** A read that was asked for with `readIndex(context)` is linearizable once `index` has been applied. */
export interface ReadState {
  readonly context: number;
  readonly index: number;
}

/** Bytes that an entry takes in a message or a queue, near enough for limits. */
export function entryBytes(entry: { readonly data: Uint8Array }): number {
  return entry.data.length + 24;
}

/**
 * This member acknowledged entries that it no longer has: its disk was rolled back or damaged. It must not go on under
 * its name, since a majority may rest on what it forgot.
 */
export class LostEntriesError extends Error {
  override readonly name = 'LostEntriesError';

  constructor(lastIndex: number, acknowledged: number) {
    super(`the log ends at ${lastIndex}, but entries up to ${acknowledged} were acknowledged`);
  }
}
