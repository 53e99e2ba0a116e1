import { assert } from '@flotilla/base';
import { refuseAppend } from './append-replies.js';
import type { Core } from './core.js';
import { campaign, handleVote, handleVoteResponse } from './election.js';
import type { Message, VoteMessage } from './message.js';
import { handlePropose } from './proposals.js';
import { handleReadIndex, handleReadIndexResponse } from './reads.js';
import { handleAppend, handleAppendResponse, handleCommit, handleHeartbeat, handleHeartbeatResponse } from './replication.js';
import { becomeFollower } from './roles.js';
import { handleSnapshot } from './snapshots.js';
import { handleTransfer } from './transfer.js';
import { type NodeId, noNode } from './types.js';

type Handlers = { readonly [Type in Message['type']]: (core: Core, message: Extract<Message, { type: Type }>) => void };

const handlers: Handlers = {
  append: handleAppend,
  'append-response': handleAppendResponse,
  commit: handleCommit,
  heartbeat: handleHeartbeat,
  'heartbeat-response': handleHeartbeatResponse,
  snapshot: handleSnapshot,
  vote: handleVote,
  'vote-response': handleVoteResponse,
  'timeout-now': (core) => campaign(core, 'transfer'),
  'transfer-leader': handleTransfer,
  propose: handlePropose,
  'read-index': handleReadIndex,
  'read-index-response': handleReadIndexResponse,
};

/** Takes in one message: first what its term says about ours, then what it says. */
export function step(core: Core, message: Message): void {
  const { term } = message;
  if (term > core.term) {
    if (message.type === 'vote' && core.inLease && !message.transfer) return; // loyal to a leader that is alive
    if (!leavesTermAlone(message)) becomeFollower(core, term, isFromLeader(message) ? message.from : noNode);
  } else if (term !== 0 && term < core.term) {
    answerStale(core, message);
    return;
  }
  if (isFromLeader(message)) follow(core, message.from);
  const handle = handlers[message.type] as (core: Core, message: Message) => void; // the table's type pairs them
  handle(core, message);
}

/** Pre-votes speak about a term that may never begin. A refused one tells the voter's real term. */
function leavesTermAlone(message: Message): boolean {
  return (message.type === 'vote' && message.preVote) || (message.type === 'vote-response' && message.preVote && !message.reject);
}

function isFromLeader({ type }: Message): boolean {
  return type === 'append' || type === 'commit' || type === 'heartbeat' || type === 'snapshot';
}

/** Somebody is behind. A stale leader, or a candidate that could never win, must learn the term to come back. */
function answerStale(core: Core, message: Message): void {
  if (isFromLeader(message)) refuseAppend(core, message.from, 0, { index: 0, term: 0 });
  else if (message.type === 'vote') refuseStaleVote(core, message);
}

function refuseStaleVote(core: Core, { from, preVote }: VoteMessage): void {
  if (preVote) core.sendAfterPersist({ type: 'vote-response', from: core.id, to: from, term: core.term, preVote, reject: true });
}

/** A message of this term's leader ends any campaign. */
function follow(core: Core, leader: NodeId): void {
  assert(core.role !== 'leader', 'a term has one leader');
  if (core.role !== 'follower') becomeFollower(core, core.term, leader);
}
