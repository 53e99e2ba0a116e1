import { decodeConfChange } from './conf-change.js';
import type { Core } from './core.js';
import type { VoteMessage, VoteResponse } from './message.js';
import { becomeCandidate, becomeFollower, becomeLeader, becomePreCandidate } from './roles.js';
import { type NodeId, noNode } from './types.js';

/** Ticks between the campaigns of members that lost their leader at the same moment: enough for one round of votes. */
const leaderLostSpacingTicks = 2;

export type Campaign = 'pre-election' | 'election' | 'transfer';

export function campaign(core: Core, kind: Campaign): void {
  if (!core.promotable || core.role === 'leader' || hasUnappliedConfChange(core)) return;
  if (kind === 'pre-election') becomePreCandidate(core);
  else becomeCandidate(core);
  const preVote = kind === 'pre-election';
  const term = preVote ? core.term + 1 : core.term;
  const { id, log } = core;
  const { lastIndex, lastTerm } = log;
  const transfer = kind === 'transfer';
  for (const to of core.tracker.voters()) {
    if (to === id) core.sendAfterPersist({ type: 'vote-response', from: id, to, term, preVote, reject: false });
    else core.sendAfterPersist({ type: 'vote', from: id, to, term, preVote, lastIndex, lastTerm, transfer });
  }
}

/** The votes that count may be about to change. */
function hasUnappliedConfChange(core: Core): boolean {
  const { log } = core;
  if (log.applied >= log.committed || log.pendingSnapshot !== undefined) return false;
  const entries = log.slice(log.applied + 1, Number.POSITIVE_INFINITY, log.committed);
  return entries.some((entry) => entry.type === 'conf-change' && decodeConfChange(entry.data).steps.length > 0);
}

export function handleVote(core: Core, message: VoteMessage): void {
  const { from, term, preVote } = message;
  const free = core.vote === from || (core.vote === noNode && core.leader === noNode) || (preVote && term > core.term);
  const granted = free && core.fence === undefined && core.log.isUpToDate(message.lastIndex, message.lastTerm);
  // A granted pre-vote answers in the term that was asked about; a refusal tells our own.
  const answerTerm = granted ? term : core.term;
  core.sendAfterPersist({ type: 'vote-response', from: core.id, to: from, term: answerTerm, preVote, reject: !granted });
  if (granted && !preVote) {
    core.electionElapsed = 0;
    core.vote = from;
  }
}

export function handleVoteResponse(core: Core, message: VoteResponse): void {
  if (core.role !== (message.preVote ? 'pre-candidate' : 'candidate')) return;
  const result = core.tracker.recordVote(message.from, !message.reject);
  if (result === 'lost') becomeFollower(core, core.term, noNode);
  if (result !== 'won') return;
  if (message.preVote) campaign(core, 'election');
  else becomeLeader(core);
}

/**
 * The connection to the leader broke: stop being loyal to it, and campaign soon. Only a hint, and safe: the leader
 * stays if it is heard from in time, and a pre-vote needs a quorum that lost it too. Members take turns, by id.
 */
export function leaderLost(core: Core, id: NodeId): void {
  if (core.role === 'follower' && core.leader === id) campaignSoon(core);
}

/** For a member that has reason to believe that nobody leads, such as at the start of a cluster. */
export function campaignSoon(core: Core): void {
  const turn = core.tracker
    .voters()
    .filter((voter) => voter !== core.leader)
    .sort((a, b) => (a < b ? -1 : 1))
    .indexOf(core.id);
  core.electionElapsed = Math.max(core.electionElapsed, core.electionTicks);
  core.electionTimeout = core.electionElapsed + 1 + Math.max(0, turn) * leaderLostSpacingTicks;
}

/** The leader was heard from: wait a full timeout again. */
export function leaderAlive(core: Core, leader: NodeId): void {
  core.leader = leader;
  if (core.electionElapsed >= core.electionTicks) core.drawElectionTimeout();
  core.electionElapsed = 0;
}

/** Steps down when no quorum was heard from since the last check: somebody else may lead by now. */
export function checkQuorum(core: Core): void {
  const active = core.tracker.hasQuorum((id) => id === core.id || core.tracker.progress.get(id)?.recentActive === true);
  if (!active) becomeFollower(core, core.term, noNode);
  for (const [id, progress] of core.tracker.progress) if (id !== core.id) progress.recentActive = false;
}
