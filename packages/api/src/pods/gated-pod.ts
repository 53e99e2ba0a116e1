import { type FieldError, invalid } from '../errors/field-error.js';
import { goForm } from '../errors/go-form.js';
import type { NodeAffinity, NodeSelectorTerm, PodSpec } from '../generated/types.js';
import { cloneJson, equalButEmptyLists } from '../json.js';
import type { Draft } from '../objects.js';

const goRequirement = { Key: '', Operator: '', Values: null } as const;
const goTerm = { MatchExpressions: goRequirement, MatchFields: goRequirement };

/** As long as gates keep a pod from being scheduled, where it may run can still be narrowed down, but not widened. */
export function validateGatedUpdate(spec: Draft<PodSpec>, old: PodSpec): FieldError[] {
  const kept = Object.entries(old.nodeSelector ?? {}).every(([key, value]) => spec.nodeSelector?.[key] === value);
  const why = 'only additions to spec.nodeSelector are allowed (no mutations or deletions)';
  return [
    ...(kept ? [] : [invalid('spec.nodeSelector', spec.nodeSelector, why)]),
    ...validateAffinityChange(spec.affinity?.nodeAffinity, old.affinity?.nodeAffinity),
  ];
}

function validateAffinityChange(now: Draft<NodeAffinity> | undefined, before: NodeAffinity | undefined): FieldError[] {
  const name = 'requiredDuringSchedulingIgnoredDuringExecution';
  const terms = before?.[name]?.nodeSelectorTerms ?? [];
  const wanted = now?.[name]?.nodeSelectorTerms ?? [];
  const field = `spec.affinity.nodeAffinity.${name}.nodeSelectorTerms`;
  if (terms.length === 0) return [];
  if (terms.length !== wanted.length) {
    return [
      invalid(
        field,
        wanted.length === 0 ? null : goForm(wanted, goTerm),
        'no additions/deletions to non-empty NodeSelectorTerms list are allowed',
      ),
    ];
  }
  return terms.flatMap((term, index) =>
    onlyAdds(wanted[index] ?? {}, term)
      ? []
      : [invalid(`${field}[${index}]`, goForm(wanted[index], goTerm), 'only additions are allowed (no mutations or deletions)')],
  );
}

/** More requirements select fewer nodes; only a term without any selects none. */
function onlyAdds(now: Draft<NodeSelectorTerm>, before: NodeSelectorTerm): boolean {
  const members = ['matchExpressions', 'matchFields'] as const;
  if (members.every((name) => (before[name] ?? []).length === 0)) {
    return members.every((name) => (now[name] ?? []).length === 0);
  }
  return members.every((name) => {
    const old = before[name] ?? [];
    return equalButEmptyLists((now[name] ?? []).slice(0, old.length), old);
  });
}

/** The spec with the old one's node selector and node affinity, which have been looked at. */
export function withoutGatedChanges(spec: Draft<PodSpec>, old: PodSpec): Draft<PodSpec> {
  const { nodeSelector: _, affinity, ...rest } = spec;
  const { nodeAffinity: __, ...others } = affinity ?? {};
  const before = old.affinity?.nodeAffinity;
  const merged = { ...others, ...(before === undefined ? {} : { nodeAffinity: cloneJson(before) }) };
  const bare = Object.values(merged).every((value) => value === undefined);
  return {
    ...rest,
    ...(old.nodeSelector === undefined ? {} : { nodeSelector: { ...old.nodeSelector } }),
    ...(bare && old.affinity === undefined ? {} : { affinity: merged }),
  };
}
