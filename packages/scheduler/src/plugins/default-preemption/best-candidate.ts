import type { PodInfo } from '../../cache/pod-info.js';
import { startMs } from './victims.js';

/** A node, and the pods that would have to go. The most important victim comes first. */
export interface Candidate {
  readonly nodeName: string;
  readonly victims: readonly PodInfo[];
}

/** Makes sums of priorities, which may be negative, grow with every victim. */
const priorityOffset = 2 ** 31;

/** In this order, smaller is better. */
const criteria: readonly ((candidate: Candidate) => number)[] = [
  ({ victims }) => victims[0]?.priority ?? Number.NEGATIVE_INFINITY,
  ({ victims }) => victims.reduce((sum, { priority }) => sum + priority + priorityOffset, 0),
  ({ victims }) => victims.length,
  // The youngest of the most important ones has the least to lose.
  ({ victims }) => -Math.min(...victims.filter(({ priority }) => priority === victims[0]?.priority).map(startMs)),
];

export function bestCandidate(candidates: readonly Candidate[]): Candidate | undefined {
  let left = candidates;
  for (const criterion of criteria) {
    if (left.length <= 1) break;
    const min = Math.min(...left.map(criterion));
    left = left.filter((candidate) => criterion(candidate) === min);
  }
  return left[0];
}
