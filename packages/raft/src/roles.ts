import { assert } from '@flotilla/base';
import { appendOwn } from './commit.js';
import type { Core } from './core.js';
import { type NodeId, noNode } from './types.js';

export function becomeFollower(core: Core, term: number, leader: NodeId): void {
  resetTerm(core, term);
  core.role = 'follower';
  core.leader = leader;
}

/** Asks around before it campaigns: neither its term nor its vote changes (Raft thesis §9.6). */
export function becomePreCandidate(core: Core): void {
  assert(core.role !== 'leader', 'a leader does not campaign');
  core.role = 'pre-candidate';
  core.leader = noNode;
  core.tracker.resetVotes();
  core.electionElapsed = 0;
  core.drawElectionTimeout();
}

export function becomeCandidate(core: Core): void {
  assert(core.role !== 'leader', 'a leader does not campaign');
  resetTerm(core, core.term + 1);
  core.role = 'candidate';
  core.vote = core.id;
}

export function becomeLeader(core: Core): void {
  assert(core.role === 'candidate', 'only a candidate is elected');
  resetTerm(core, core.term);
  core.role = 'leader';
  core.leader = core.id;
  const own = core.tracker.progress.get(core.id);
  if (own !== undefined) {
    own.becomeReplicate();
    own.recentActive = true;
  }
  // Entries of earlier terms may hold a membership change that is not applied yet.
  core.pendingConfIndex = core.log.lastIndex;
  // Committing an entry of its own commits, with it, all that earlier leaders left (Raft §5.4.2).
  appendOwn(core, 'normal', new Uint8Array(0));
}

function resetTerm(core: Core, term: number): void {
  assert(term >= core.term, 'terms never go back');
  if (term !== core.term) {
    core.term = term;
    core.vote = noNode;
  }
  core.leader = noNode;
  core.electionElapsed = 0;
  core.heartbeatElapsed = 0;
  core.drawElectionTimeout();
  core.transferee = noNode;
  core.pendingConfIndex = 0;
  core.uncommittedBytes = 0;
  core.tracker.reset(core.log.lastIndex + 1);
  core.reads.reset();
}
