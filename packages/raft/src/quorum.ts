import type { NodeId } from './types.js';

export type VoteResult = 'won' | 'lost' | 'pending';

/** Voters in force: one set, or, during a joint change, two that must both agree. */
export interface Voters {
  readonly incoming: ReadonlySet<NodeId>;
  readonly outgoing: ReadonlySet<NodeId>;
}

/** The highest index that a quorum has reached, by `matchOf`. No voters at all agree to anything. */
export function committedIndex(voters: Voters, matchOf: (id: NodeId) => number): number {
  return Math.min(majorityIndex(voters.incoming, matchOf), majorityIndex(voters.outgoing, matchOf));
}

/** @param voteOf true: granted, false: refused, undefined: not answered */
export function voteResult(voters: Voters, voteOf: (id: NodeId) => boolean | undefined): VoteResult {
  const incoming = majorityVote(voters.incoming, voteOf);
  const outgoing = majorityVote(voters.outgoing, voteOf);
  if (incoming === 'lost' || outgoing === 'lost') return 'lost';
  return incoming === 'won' && outgoing === 'won' ? 'won' : 'pending';
}

function majorityIndex(set: ReadonlySet<NodeId>, matchOf: (id: NodeId) => number): number {
  if (set.size === 0) return Number.POSITIVE_INFINITY;
  const matches = Array.from(set, matchOf).sort((a, b) => b - a);
  return matches[Math.floor(set.size / 2)] ?? 0;
}

function majorityVote(set: ReadonlySet<NodeId>, voteOf: (id: NodeId) => boolean | undefined): VoteResult {
  const needed = Math.floor(set.size / 2) + 1;
  let granted = 0;
  let refused = 0;
  for (const id of set) {
    const vote = voteOf(id);
    if (vote === true) granted++;
    else if (vote === false) refused++;
  }
  if (set.size === 0 || granted >= needed) return 'won';
  return set.size - refused < needed ? 'lost' : 'pending';
}
