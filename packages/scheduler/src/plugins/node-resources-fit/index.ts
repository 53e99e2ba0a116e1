import type { NodeInfo } from '../../cache/node-info.js';
import type { PodInfo } from '../../cache/pod-info.js';
import { parseResources, type Resources } from '../../cache/resources.js';
import { nodeOf } from '../../framework/cluster-event.js';
import type { Plugin } from '../../framework/plugin.js';
import { nodeScoreMax } from '../../limits.js';

/** Resources by which nodes are compared. */
const scored = ['cpu', 'memory'];

/** Requests must fit into what is left of a node; of those that fit, emptier ones are better (LeastAllocated). */
export const nodeResourcesFit: Plugin = {
  name: 'NodeResourcesFit',
  wakes(event, pod) {
    if (event.type === 'podDeleted') return true;
    if (event.type === 'podUpdated') return shrinks(event.before.spec, event.after.spec);
    const node = nodeOf(event);
    if (node === undefined) return false;
    const allocatable = parseResources(node.status?.allocatable);
    if (event.type === 'nodeUpdated' && !grows(parseResources(event.before.status?.allocatable), allocatable, pod.requests)) {
      return false;
    }
    return shortages(pod.requests, allocatable, new Map(), 0).length === 0;
  },
  filter(_state, pod, node) {
    const reasons = shortages(pod.requests, node.allocatable, node.requested, node.podCount);
    if (reasons.length === 0) return undefined;
    // More than the whole node has: evicting everybody would not help.
    const unresolvable = shortages(pod.requests, node.allocatable, new Map(), 0).length > 0;
    return { reasons, unresolvable };
  },
  score: (_state, pod, node) => leastAllocated(pod, node),
};

function shortages(requests: Resources, allocatable: Resources, requested: Resources, podCount: number): readonly string[] {
  const reasons: string[] = [];
  if (podCount + 1 > (allocatable.get('pods') ?? 0)) reasons.push('Too many pods');
  for (const [name, amount] of requests) {
    if (amount > 0 && amount > (allocatable.get(name) ?? 0) - (requested.get(name) ?? 0)) reasons.push(`Insufficient ${name}`);
  }
  return reasons;
}

function leastAllocated(pod: PodInfo, node: NodeInfo): number {
  let sum = 0;
  let counted = 0;
  for (const name of scored) {
    const allocatable = node.allocatable.get(name) ?? 0;
    if (allocatable === 0) continue;
    const requested = (node.nonZeroRequested.get(name) ?? 0) + (pod.nonZeroRequests.get(name) ?? 0);
    counted++;
    if (requested <= allocatable) sum += Math.floor(((allocatable - requested) * nodeScoreMax) / allocatable);
  }
  return counted === 0 ? 0 : Math.floor(sum / counted);
}

/** Whether a node has more than before of something that the pod needs. */
function grows(before: Resources, after: Resources, requests: Resources): boolean {
  return ['pods', ...requests.keys()].some((name) => (after.get(name) ?? 0) > (before.get(name) ?? 0));
}

function shrinks(before: PodInfo['pod']['spec'], after: PodInfo['pod']['spec']): boolean {
  return (
    JSON.stringify(before.containers.map(({ resources }) => resources)) !==
    JSON.stringify(after.containers.map(({ resources }) => resources))
  );
}
