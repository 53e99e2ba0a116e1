import type { NodeSelectorRequirement, VolumeNodeAffinity } from '../../generated/types.js';
import { equalButEmptyLists } from '../../json.js';
import type { Draft } from '../../objects.js';

/** Labels of nodes that had other names before they were stable. */
const presentNames = new Map([
  ['failure-domain.beta.kubernetes.io/zone', 'topology.kubernetes.io/zone'],
  ['failure-domain.beta.kubernetes.io/region', 'topology.kubernetes.io/region'],
  ['beta.kubernetes.io/os', 'kubernetes.io/os'],
  ['beta.kubernetes.io/arch', 'kubernetes.io/arch'],
  ['beta.kubernetes.io/instance-type', 'node.kubernetes.io/instance-type'],
]);

/** Whether a volume still goes to the same nodes: nothing but names of labels has changed, to their present ones. */
export function isSameAffinity(now: Draft<VolumeNodeAffinity> | undefined, before: VolumeNodeAffinity): boolean {
  const [terms, old] = [now?.required?.nodeSelectorTerms ?? [], before.required?.nodeSelectorTerms ?? []];
  const renamed = old.map((term, index) => {
    if (term.matchExpressions === undefined) return term;
    const expressions = terms[index]?.matchExpressions ?? [];
    return { ...term, matchExpressions: term.matchExpressions.map((each, place) => follow(each, expressions[place]?.key)) };
  });
  return (
    now !== undefined && equalButEmptyLists(now, { ...before, required: { ...before.required, nodeSelectorTerms: renamed } })
  );
}

function follow(requirement: NodeSelectorRequirement, key: string | undefined): NodeSelectorRequirement {
  return key !== undefined && presentNames.get(requirement.key) === key ? { ...requirement, key } : requirement;
}
