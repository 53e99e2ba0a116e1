import type { Message } from './message.js';
import type { Entry, HardState, NodeId, ReadState, Role, SnapshotMeta } from './types.js';

/** What everybody may know and nobody needs to store. */
export interface SoftState {
  readonly leader: NodeId;
  readonly role: Role;
}

/**
 * Work for the driver, in this order:
 * 1. send `messages`, whenever it likes, also while 2 is under way;
 * 2. make `snapshot`, `entries` (replacing what the disk has from the first index on) and `hardState` durable, in one
 *    atomic write, synced when `mustSync`;
 * 3. send `messagesAfterPersist`;
 * 4. apply `committed` in order (`applyConfChange` for membership changes) and answer `readStates` whose index is applied;
 * 5. call `advance`. There is no further Ready before.
 */
export interface Ready {
  /** Present when it changed. */
  readonly softState: SoftState | undefined;
  /** Present when it changed. */
  readonly hardState: HardState | undefined;
  readonly snapshot: SnapshotMeta | undefined;
  readonly entries: readonly Entry[];
  readonly messages: readonly Message[];
  readonly messagesAfterPersist: readonly Message[];
  readonly committed: readonly Entry[];
  readonly readStates: readonly ReadState[];
  /** False when only the commit index moved, which a restart learns again from the leader. */
  readonly mustSync: boolean;
}
