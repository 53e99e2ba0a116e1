import { assert } from '@flotilla/base';

/** A pod that could not be scheduled waits this long, doubling with every attempt; Kubernetes' podInitialBackoffSeconds and podMaxBackoffSeconds. */
export const podBackoff = { initialMs: 1_000, maxMs: 10_000 };
/** A pod that no event has woken for this long is tried all the same: insurance against a hint that is wrong. */
export const unschedulableMaxMs = 5 * 60_000;
/** How often the pods above are looked for, while there are any. */
export const unschedulableFlushMs = 30_000;
/** Bindings sent and not answered yet; more pods wait before they are scheduled. */
export const bindingsInFlightMax = 64;
/** Between attempts to find out what became of a binding whose answer was lost. */
export const bindingBackoff = { baseMs: 100, maxMs: 5_000 };
/** Pods scheduled in a row before events and answers get their turn. */
export const podsPerTurnMax = 16;
/** Clusters up to this size are searched completely. */
export const feasibleNodesMin = 100;
/** However large the cluster, this part of it is searched (percent). */
export const feasiblePercentMin = 5;
/** Scores of one plugin lie between 0 and this, before its weight. */
export const nodeScoreMax = 100;
/** Nodes on which preemption is tried: at least this many, or this part of all (percent). */
export const preemptionCandidatesMin = 100;
export const preemptionCandidatesPercent = 10;

assert(podBackoff.initialMs < podBackoff.maxMs, 'backoff grows');
