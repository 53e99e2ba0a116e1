import { acknowledgeAppend, refuseAppend } from './append-replies.js';
import { maybeCommit } from './commit.js';
import type { Core } from './core.js';
import { leaderAlive } from './election.js';
import type { AppendMessage, AppendResponse, CommitMessage, HeartbeatMessage, HeartbeatResponse } from './message.js';
import type { Progress } from './progress.js';
import { releaseConfirmedReads } from './reads.js';
import { probeWindow, sendAppend } from './sending.js';
import { completeTransfer } from './transfer.js';
import { LostEntriesError } from './types.js';

export function handleAppend(core: Core, message: AppendMessage): void {
  leaderAlive(core, message.from);
  const { log } = core;
  if (message.prevIndex < log.committed) {
    acknowledgeAppend(core, message.from, log.committed); // what is committed is agreed on
    return;
  }
  const agreed = log.takeOver(message.prevIndex, message.prevTerm, message.entries);
  if (agreed === undefined) {
    refuse(core, message);
    return;
  }
  core.liftFence();
  log.commitTo(Math.min(message.commit, agreed));
  acknowledgeAppend(core, message.from, agreed);
}

/** An entry with the same index and term stands for the same log up to it (Raft §5.3). */
export function handleCommit(core: Core, { from, index, indexTerm }: CommitMessage): void {
  leaderAlive(core, from);
  if (core.log.matches(index, indexTerm)) core.log.commitTo(index);
}

/** The hint is the highest place where the logs may agree, so that the leader skips whole terms at a time. */
function refuse(core: Core, { from, prevIndex, prevTerm }: Pick<AppendMessage, 'from' | 'prevIndex' | 'prevTerm'>): void {
  const { log } = core;
  refuseAppend(core, from, prevIndex, log.findConflict(Math.min(prevIndex, log.lastIndex), prevTerm));
}

export function handleAppendResponse(core: Core, message: AppendResponse): void {
  const progress = core.tracker.progress.get(message.from);
  if (core.role !== 'leader' || progress === undefined) return;
  progress.recentActive = true;
  if (message.reject) handleRefusal(core, message, progress);
  else handleAcknowledgement(core, message, progress);
}

function handleRefusal(core: Core, message: AppendResponse, progress: Progress): void {
  // Every entry of ours with a higher term than the hint's conflicts as well.
  if (message.lost) progress.forget(message.index);
  const next = message.hintTerm > 0 ? core.log.findConflict(message.hintIndex, message.hintTerm).index : message.hintIndex;
  if (!progress.rejected(message.index, next)) return;
  if (progress.state === 'replicate') progress.becomeProbe();
  sendAppend(core, message.from, true);
}

function handleAcknowledgement(core: Core, message: AppendResponse, progress: Progress): void {
  const news = progress.acknowledged(message.index);
  const probeAnswered = progress.state === 'probe' && progress.match === message.index;
  if (!news && !probeAnswered) return;
  if (progress.state === 'probe') progress.becomeReplicate();
  else if (progress.state === 'snapshot' && progress.match + 1 >= core.log.firstIndex) progress.becomeReplicate();
  else if (progress.state === 'replicate') progress.inflights.freeUpTo(message.index);
  maybeCommit(core);
  core.appendsDue = true;
  if (message.from !== core.id) completeTransfer(core, message.from, progress);
}

/** @throws LostEntriesError when the leader knows of entries here that are not */
export function handleHeartbeat(core: Core, message: HeartbeatMessage): void {
  leaderAlive(core, message.from);
  const { id, term, log } = core;
  // A leader names only what this member acknowledged, and that was durable by then.
  if (message.commit <= log.lastIndex) log.commitTo(message.commit);
  else if (core.fence === undefined) throw new LostEntriesError(log.lastIndex, message.commit);
  else refuse(core, { from: message.from, prevIndex: message.commit, prevTerm: term });
  const response = { type: 'heartbeat-response', from: id, to: message.from, term, readRound: message.readRound } as const;
  // It rests on the term alone: while the disk is busy with entries, leader and follower stay in touch.
  if (term === core.durableTerm) core.send(response);
  else core.sendAfterPersist(response);
}

export function handleHeartbeatResponse(core: Core, message: HeartbeatResponse): void {
  const progress = core.tracker.progress.get(message.from);
  if (core.role !== 'leader' || progress === undefined) return;
  progress.recentActive = true;
  progress.probeSent = false;
  if (progress.state === 'probe') sendAppend(core, message.from, true);
  else if (progress.match < core.log.lastIndex) probeWindow(core, message.from);
  // The order to campaign may have been lost, or have come before the target knew that it is a voter.
  completeTransfer(core, message.from, progress);
  core.reads.confirm(message.from, message.readRound);
  releaseConfirmedReads(core);
}
