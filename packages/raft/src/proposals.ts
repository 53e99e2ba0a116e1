import { appendOwn } from './commit.js';
import { decodeConfChange, isJoint } from './conf-change.js';
import type { Core } from './core.js';
import type { ProposeMessage } from './message.js';
import { type Entry, noNode } from './types.js';

/**
 * appended: in the leader's log, on its way. forwarded: sent to the leader; it may be dropped on the way.
 * Everything else: not proposed at all, safe to repeat.
 */
export type ProposeResult =
  | 'appended'
  | 'forwarded'
  | 'no-leader'
  | 'transferring'
  | 'too-large'
  | 'overloaded'
  | 'conf-change-pending';

export function propose(core: Core, entryType: Entry['type'], data: Uint8Array): ProposeResult {
  if (data.length > core.limits.entryBytesMax) return 'too-large';
  if (core.role === 'leader') return proposeAsLeader(core, entryType, data);
  if (core.leader === noNode) return 'no-leader';
  core.send({ type: 'propose', from: core.id, to: core.leader, term: core.term, entryType, data });
  return 'forwarded';
}

/**
 * A proposal that a follower passed on. It carries the follower's term and enters the log only in that term: when
 * an entry of a later term has been applied without it, the follower knows that it never will be.
 */
export function handlePropose(core: Core, message: ProposeMessage): void {
  if (core.role === 'leader') proposeAsLeader(core, message.entryType, message.data);
}

function proposeAsLeader(core: Core, type: Entry['type'], data: Uint8Array): ProposeResult {
  if (!core.tracker.progress.has(core.id)) return 'no-leader'; // removed, and about to step down
  if (core.transferee !== noNode) return 'transferring';
  // Something must always be let through, or one big entry could never be committed.
  if (core.uncommittedBytes > 0 && core.uncommittedBytes + data.length > core.limits.uncommittedBytesMax) return 'overloaded';
  if (type === 'conf-change' && !mayChangeConf(core, data)) return 'conf-change-pending';
  const entry = appendOwn(core, type, data);
  if (type === 'conf-change') core.pendingConfIndex = entry.index;
  return 'appended';
}

/** One change at a time; a joint change must be left before the next begins. */
function mayChangeConf(core: Core, data: Uint8Array): boolean {
  const leaves = decodeConfChange(data).steps.length === 0;
  return core.pendingConfIndex <= core.log.applied && isJoint(core.tracker.conf) === leaves;
}
