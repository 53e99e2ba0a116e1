import { maybeCommit } from './commit.js';
import { type ConfChange, encodeConfChange, isJoint, nextConfState } from './conf-change.js';
import type { Core } from './core.js';
import { propose } from './proposals.js';
import { becomeFollower } from './roles.js';
import { abortTransfer } from './transfer.js';
import { type ConfState, noNode } from './types.js';

/** Puts a committed membership change into force. @returns the membership from now on */
export function applyConfChange(core: Core, change: ConfChange): ConfState {
  adoptConf(core, nextConfState(core.tracker.conf, change));
  return core.tracker.conf;
}

/** For changes and for snapshots. */
export function adoptConf(core: Core, conf: ConfState): void {
  core.tracker.setConf(conf, core.log.lastIndex + 1);
  if (core.role !== 'leader') return;
  if (!core.tracker.isVoter(core.id)) {
    becomeFollower(core, core.term, noNode); // removed or demoted: the rest elects anew
    return;
  }
  maybeCommit(core); // a smaller quorum may already be there
  core.appendsDue = true; // to whoever was added
  if (!core.tracker.isVoter(core.transferee)) abortTransfer(core);
}

/** Once a joint configuration is in force, its leader proposes to leave it. Called when its entry has been applied. */
export function maybeLeaveJoint(core: Core): void {
  if (core.role !== 'leader' || !isJoint(core.tracker.conf) || core.pendingConfIndex > core.log.applied) return;
  propose(core, 'conf-change', encodeConfChange({ steps: [], context: new Uint8Array(0) }));
}
