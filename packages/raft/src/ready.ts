import type { Message } from './message.js';
import type { Entry, HardState, NodeId, ReadState, Role, SnapshotMeta } from './types.js';

/** What everybody may know and nobody needs to store. */
export interface SoftState {
  readonly leader: NodeId;
  readonly role: Role;
}

/**
 * Work for the driver: send `messages`; begin `write`; apply `committed` in order (`applyConfChange` for membership
 * changes) and answer `readStates` whose index is applied; then call `advance`. There is no further Ready before.
 *
 * The write goes on by itself: Readys without one may come, and must be worked on, while the disk is busy, so that a slow
 * disk delays what depends on it and nothing else (Raft thesis §10.2.1). What is committed but not durable here is not
 * handed out.
 */
export interface Ready {
  /** Present when it changed. */
  readonly softState: SoftState | undefined;
  readonly messages: readonly Message[];
  readonly write: Write | undefined;
  readonly committed: readonly Entry[];
  readonly readStates: readonly ReadState[];
}

/**
 * To be made durable in one atomic, synced write: `snapshot` in place of the log, `entries` in place of what the log
 * has from the first index on, and `hardState`. Then `messages` may leave, and `persisted` is to be called. One at a time.
 */
export interface Write {
  readonly hardState: HardState;
  /** Term or vote changed: what two disks may know better than one. */
  readonly voted: boolean;
  readonly snapshot: SnapshotMeta | undefined;
  readonly entries: readonly Entry[];
  readonly messages: readonly Message[];
}
