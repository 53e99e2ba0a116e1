import type { Node, Persisted, Pod } from '@flotilla/api';
import { podIsTerminal } from '@flotilla/controller-kit';
import { outOfServiceTaint, taintsOf } from '../../shared/taints.js';

export interface PodGcView {
  readonly pods: readonly Persisted<Pod>[];
  /** By name. */
  readonly nodes: ReadonlyMap<string, Node>;
  /** How many ended pods may stay. */
  readonly terminatedMax: number;
}

export interface PodGcPlan {
  /** Their node is gone; to be checked with the server first. */
  readonly orphaned: readonly Persisted<Pod>[];
  /** Nobody will ever end them: they have no node, or one that an administrator declared out of service. */
  readonly abandoned: readonly Persisted<Pod>[];
  /** The oldest of too many. */
  readonly terminated: readonly Persisted<Pod>[];
}

export function planPodGc({ pods, nodes, terminatedMax }: PodGcView): PodGcPlan {
  const orphaned = pods.filter(({ spec }) => isBound(spec.nodeName) && !nodes.has(spec.nodeName));
  const abandoned = pods.filter((pod) => {
    if (pod.metadata.deletionTimestamp === undefined) return false;
    if (!isBound(pod.spec.nodeName)) return true;
    const node = nodes.get(pod.spec.nodeName);
    return node !== undefined && isOutOfService(node);
  });
  const others = new Set([...orphaned, ...abandoned]);
  const ended = pods.filter((pod) => podIsTerminal(pod) && pod.metadata.deletionTimestamp === undefined && !others.has(pod));
  const excess = terminatedMax > 0 ? Math.max(0, ended.length - terminatedMax) : 0;
  const byAge = [...ended].sort((a, b) => a.metadata.creationTimestamp.localeCompare(b.metadata.creationTimestamp));
  return { orphaned, abandoned, terminated: byAge.slice(0, excess) };
}

function isBound(nodeName: string | undefined): nodeName is string {
  return nodeName !== undefined && nodeName !== '';
}

function isOutOfService(node: Node): boolean {
  const ready = node.status?.conditions?.find(({ type }) => type === 'Ready')?.status === 'True';
  return !ready && taintsOf(node).some(({ key }) => key === outOfServiceTaint);
}
