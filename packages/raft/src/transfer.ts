import type { Core } from './core.js';
import type { TransferMessage } from './message.js';
import type { Progress } from './progress.js';
import { sendAppend } from './sending.js';
import { type NodeId, noNode } from './types.js';

/** Moves the leadership to `target`: brings its log up to date, then tells it to campaign (Raft thesis §3.10). */
export function transferLeadership(core: Core, target: NodeId): void {
  if (core.role !== 'leader') {
    if (core.leader !== noNode) {
      core.send({ type: 'transfer-leader', from: core.id, to: core.leader, term: 0, target });
    }
    return;
  }
  const progress = core.tracker.progress.get(target);
  if (target === core.id || progress === undefined || !core.tracker.isVoter(target) || core.transferee === target) return;
  core.transferee = target;
  core.electionElapsed = 0; // the transfer has one election timeout to succeed
  if (progress.match === core.log.lastIndex) sendTimeoutNow(core, target);
  else sendAppend(core, target, true);
}

export function handleTransfer(core: Core, message: TransferMessage): void {
  if (core.role === 'leader') transferLeadership(core, message.target);
}

/** The target answered: if it has everything now, it is its turn. */
export function completeTransfer(core: Core, from: NodeId, progress: Progress): void {
  if (core.transferee === from && progress.match === core.log.lastIndex) sendTimeoutNow(core, from);
}

export function abortTransfer(core: Core): void {
  core.transferee = noNode;
}

function sendTimeoutNow(core: Core, to: NodeId): void {
  core.send({ type: 'timeout-now', from: core.id, to, term: core.term });
}
