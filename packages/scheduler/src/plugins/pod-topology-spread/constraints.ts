import type { Pod, Requirement, TopologySpreadConstraint } from '@flotilla/api';
import { matchesRequirements } from '@flotilla/api';
import { selectorWithKeys } from '../../cache/affinity-term.js';
import type { NodeInfo } from '../../cache/node-info.js';
import { matchesRequiredNodes } from '../node-affinity/node-selector.js';
import { hardEffects, untoleratedTaint } from '../taint-toleration/tolerations.js';

/** Selects the siblings of a pod: those of its Services and of its controller; undefined when it has neither. */
export type DefaultSelector = (pod: Pod) => readonly Requirement[] | undefined;

export interface SpreadConstraint {
  readonly maxSkew: number;
  readonly topologyKey: string;
  readonly selector: readonly Requirement[];
  readonly minDomains: number;
  /** Nodes that the pod's own affinity or taints exclude are not counted as domains. */
  readonly honorsAffinity: boolean;
  readonly honorsTaints: boolean;
}

export const hostnameKey = 'kubernetes.io/hostname';
/** What a pod without constraints of its own gets, if it has siblings: Kubernetes' system defaults. */
const systemDefaults = [
  { topologyKey: hostnameKey, maxSkew: 3 },
  { topologyKey: 'topology.kubernetes.io/zone', maxSkew: 5 },
];

export function hardConstraints(pod: Pod): readonly SpreadConstraint[] {
  return (pod.spec.topologySpreadConstraints ?? [])
    .filter(({ whenUnsatisfiable }) => whenUnsatisfiable === 'DoNotSchedule')
    .map((constraint) => read(constraint, pod));
}

/** @returns also whether they are the system's: then a node without a topology label is not left out */
export function softConstraints(
  pod: Pod,
  defaultSelector: DefaultSelector,
): { readonly constraints: readonly SpreadConstraint[]; readonly system: boolean } {
  const own = pod.spec.topologySpreadConstraints ?? [];
  if (own.length > 0) {
    const soft = own.filter(({ whenUnsatisfiable }) => whenUnsatisfiable === 'ScheduleAnyway');
    return { constraints: soft.map((constraint) => read(constraint, pod)), system: false };
  }
  const selector = defaultSelector(pod);
  if (selector === undefined) return { constraints: [], system: true };
  const common = { selector, minDomains: 1, honorsAffinity: true, honorsTaints: false };
  return { constraints: systemDefaults.map((each) => ({ ...each, ...common })), system: true };
}

function read(constraint: TopologySpreadConstraint, pod: Pod): SpreadConstraint {
  const { maxSkew, topologyKey, labelSelector, matchLabelKeys, minDomains, nodeAffinityPolicy, nodeTaintsPolicy } = constraint;
  return {
    maxSkew,
    topologyKey,
    // No selector selects nothing; matching no key does.
    selector: selectorWithKeys(labelSelector, matchLabelKeys, undefined, pod) ?? [{ key: '', operator: 'in', values: [] }],
    minDomains: minDomains ?? 1,
    honorsAffinity: nodeAffinityPolicy !== 'Ignore',
    honorsTaints: nodeTaintsPolicy === 'Honor',
  };
}

export function selects({ selector }: SpreadConstraint, pod: Pod): boolean {
  return matchesRequirements(selector, pod.metadata.labels ?? {});
}

/** Whether the node's domain counts for this constraint. */
export function counts({ honorsAffinity, honorsTaints }: SpreadConstraint, pod: Pod, { node }: NodeInfo): boolean {
  if (node === undefined) return false;
  if (honorsAffinity && !matchesRequiredNodes(pod, node)) return false;
  return !honorsTaints || untoleratedTaint(node.spec?.taints, pod.spec.tolerations, hardEffects) === undefined;
}

export function hasAllKeys(constraints: readonly SpreadConstraint[], node: NodeInfo): boolean {
  return constraints.every(({ topologyKey }) => node.labels[topologyKey] !== undefined);
}

/** Siblings of `pod` on the node; pods on their way out do not count. */
export function countSiblings(constraint: SpreadConstraint, pod: Pod, node: NodeInfo): number {
  let count = 0;
  for (const { pod: other } of node.pods()) {
    const { namespace, deletionTimestamp } = other.metadata;
    if (namespace === pod.metadata.namespace && deletionTimestamp === undefined && selects(constraint, other)) count++;
  }
  return count;
}
