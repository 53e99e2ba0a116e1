import type { Lessor, MvccStore } from '@flotilla/mvcc';
import type { RaftNode, RestoredState } from '@flotilla/raft';
import type { Database } from '../node/database.js';
import type { Files } from '../node/files.js';
import type { MemberNode } from '../node/member-node.js';
import type { ClientService } from '../server/client-service.js';
import type { SimMember } from './sim-member.js';

/** One member, put together and not started yet. */
export interface Assembly {
  readonly member: SimMember;
  readonly node: MemberNode<MvccStore>;
  readonly raft: RaftNode;
  readonly machine: MvccStore;
  readonly service: ClientService;
  readonly lessor: Lessor;
}

/**
 * Where a deliberate bug can be planted, so that the checkers can show that they would notice: always from outside, on
 * the seams of the member, never by a switch in its code.
 */
export interface Plant {
  files?(files: Files): Files;
  database?(database: Database): Database;
  /** What the disk said, before Raft starts on it. */
  restored?(state: RestoredState): RestoredState;
  /** Called at every start; may replace methods of these very objects. */
  assembled?(assembly: Assembly): void;
}
