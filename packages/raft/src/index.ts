export {
  type ConfChange,
  type ConfChangeStep,
  decodeConfChange,
  encodeConfChange,
  isJoint,
  nextConfState,
} from './conf-change.js';
export type { Fence, RaftLimits, RaftOptions, RestoredState } from './core.js';
export type { Message, SnapshotMessage } from './message.js';
export { RaftNode } from './node.js';
export type { ProposeResult } from './proposals.js';
export type { Ready, SoftState, Write } from './ready.js';
export type { MemberProgress, RaftStatus } from './status.js';
export {
  type ConfState,
  type Entry,
  type HardState,
  LostEntriesError,
  type NodeId,
  noNode,
  type ReadState,
  type Role,
  type SnapshotMeta,
} from './types.js';
