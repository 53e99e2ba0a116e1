import type { NodeSelectorRequirement, VolumeNodeAffinity } from '../../generated/types.js';
import { equalButEmptyLists } from '../../json.js';
import type { Draft } from '../../objects.js';
import { renamedNodeLabels } from '../../values/node-labels.js';

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
  return key !== undefined && renamedNodeLabels.get(requirement.key)?.name === key ? { ...requirement, key } : requirement;
}
