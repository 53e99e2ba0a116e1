import { defined } from '@flotilla/base';
import type { Core } from './core.js';
import type { Progress } from './progress.js';
import { entryBytes, type NodeId } from './types.js';

/**
 * Sends `to` what it lacks, as far as flow control allows.
 * @param evenIfEmpty also when there is no entry to send: as a probe
 * @returns true when something was sent
 */
export function sendAppend(core: Core, to: NodeId, evenIfEmpty: boolean): boolean {
  const progress = core.tracker.progress.get(to);
  if (progress === undefined || progress.paused) return false;
  const prevIndex = progress.next - 1;
  const prevTerm = core.log.term(prevIndex);
  if (prevTerm === undefined) return sendSnapshot(core, to, progress);
  const entries = core.log.slice(progress.next, core.limits.appendBytesMax);
  if (entries.length === 0 && !evenIfEmpty) return false;
  const commit = core.log.committed;
  core.send({ type: 'append', from: core.id, to, term: core.term, prevIndex, prevTerm, entries, commit });
  progress.sentCommit = commit;
  if (entries.length > 0 || progress.state === 'probe') {
    const bytes = entries.reduce((sum, entry) => sum + entryBytes(entry), 0);
    progress.sentEntries(prevIndex + entries.length, bytes);
  }
  return true;
}

/** Sends every follower what it lacks: entries up to its window, and the news of a higher commit index. */
export function sendDueAppends(core: Core): void {
  if (!core.appendsDue) return;
  core.appendsDue = false;
  if (core.role !== 'leader') return;
  for (const [to, progress] of core.tracker.progress) {
    if (to === core.id) continue;
    while (sendAppend(core, to, progress.state === 'probe' && progress.sentCommit < core.log.committed));
    tellCommit(core, to, progress);
  }
}

/** To a follower that has been sent everything committed; another one learns it with what it lacks. */
function tellCommit(core: Core, to: NodeId, progress: Progress): void {
  const index = core.log.committed;
  if (progress.state !== 'replicate' || progress.sentCommit >= index || progress.next <= index) return;
  const indexTerm = defined(core.log.term(index), 'the committed entry has a term');
  core.send({ type: 'commit', from: core.id, to, term: core.term, index, indexTerm });
  progress.sentCommit = index;
}

/**
 * Asks a follower that should have everything sent so far whether it has: its answer frees the window, or shows
 * that appends were lost on the way, which nothing else would.
 */
export function probeWindow(core: Core, to: NodeId): void {
  const progress = core.tracker.progress.get(to);
  if (progress?.state !== 'replicate') return;
  const prevIndex = progress.next - 1;
  const prevTerm = core.log.term(prevIndex);
  if (prevTerm === undefined) {
    // The log was compacted beyond what was lost: start over from what the follower is known to have.
    progress.becomeProbe();
    sendAppend(core, to, true);
    return;
  }
  core.send({ type: 'append', from: core.id, to, term: core.term, prevIndex, prevTerm, entries: [], commit: core.log.committed });
}

export function broadcastHeartbeat(core: Core): void {
  for (const to of core.others()) sendHeartbeat(core, to);
}

function sendHeartbeat(core: Core, to: NodeId): void {
  const progress = defined(core.tracker.progress.get(to), 'the member is tracked');
  // Never beyond what the follower is known to have: its log behind that may still conflict.
  const commit = Math.min(progress.match, core.log.committed);
  core.send({ type: 'heartbeat', from: core.id, to, term: core.term, commit, readRound: core.reads.round });
}

function sendSnapshot(core: Core, to: NodeId, progress: Progress): boolean {
  // To a member that does not answer a state would be sent in vain.
  if (!progress.recentActive) return false;
  const index = core.log.applied;
  const term = defined(core.log.term(index), 'the applied entry has a term');
  progress.becomeSnapshot(index);
  core.send({ type: 'snapshot', from: core.id, to, term: core.term, snapshot: { index, term, conf: core.tracker.conf } });
  return true;
}
