import type { Entry, NodeId, SnapshotMeta } from './types.js';

interface Envelope {
  readonly from: NodeId;
  readonly to: NodeId;
  /** The sender's term; 0 on messages that are no statement about terms (reads, transfer requests). */
  readonly term: number;
}

/** Replicates entries after (prevIndex, prevTerm); without entries it probes. */
export interface AppendMessage extends Envelope {
  readonly type: 'append';
  readonly prevIndex: number;
  readonly prevTerm: number;
  readonly entries: readonly Entry[];
  readonly commit: number;
}

/**
 * Accepted: everything up to `index` is durable. Rejected: `hint…` is where the logs may still agree; `lost` when what
 * this member accepted earlier is no longer to be counted on (see `Fence`).
 */
export interface AppendResponse extends Envelope {
  readonly type: 'append-response';
  readonly index: number;
  readonly reject: boolean;
  readonly hintIndex: number;
  readonly hintTerm: number;
  readonly lost: boolean;
}

/**
 * News for a follower in step: entries up to `index`, whose term is `indexTerm`, are committed. It is not answered; where the
 * entry has not arrived it says nothing, and the next append or heartbeat says it again.
 */
export interface CommitMessage extends Envelope {
  readonly type: 'commit';
  readonly index: number;
  readonly indexTerm: number;
}

/** A pre-vote (Raft thesis §9.6) asks whether an election in `term` could be won, and changes nobody's term. */
export interface VoteMessage extends Envelope {
  readonly type: 'vote';
  readonly preVote: boolean;
  readonly lastIndex: number;
  readonly lastTerm: number;
  /** Asked for by the old leader itself: overrides the voters' loyalty to it. */
  readonly transfer: boolean;
}

export interface VoteResponse extends Envelope {
  readonly type: 'vote-response';
  readonly preVote: boolean;
  readonly reject: boolean;
}

export interface HeartbeatMessage extends Envelope {
  readonly type: 'heartbeat';
  readonly commit: number;
  /** The latest round of reads that the answer confirms; see `ReadOnly`. */
  readonly readRound: number;
}

export interface HeartbeatResponse extends Envelope {
  readonly type: 'heartbeat-response';
  readonly readRound: number;
}

/** The driver sends the state itself alongside, and steps this in at the receiver when all of it has arrived. */
export interface SnapshotMessage extends Envelope {
  readonly type: 'snapshot';
  readonly snapshot: SnapshotMeta;
}

/** The leader's order to campaign at once. */
interface TimeoutNowMessage extends Envelope {
  readonly type: 'timeout-now';
}

/** A follower passes on a request to move the leadership. */
export interface TransferMessage extends Envelope {
  readonly type: 'transfer-leader';
  readonly target: NodeId;
}

/** A follower passes on a proposal, good for this term only. */
export interface ProposeMessage extends Envelope {
  readonly type: 'propose';
  readonly entryType: Entry['type'];
  readonly data: Uint8Array;
}

export interface ReadIndexMessage extends Envelope {
  readonly type: 'read-index';
  readonly context: number;
}

export interface ReadIndexResponse extends Envelope {
  readonly type: 'read-index-response';
  readonly context: number;
  readonly index: number;
}

export type Message =
  | AppendMessage
  | AppendResponse
  | CommitMessage
  | VoteMessage
  | VoteResponse
  | HeartbeatMessage
  | HeartbeatResponse
  | SnapshotMessage
  | TimeoutNowMessage
  | TransferMessage
  | ProposeMessage
  | ReadIndexMessage
  | ReadIndexResponse;
