import type { Pod, PodAffinityTerm } from '../generated/types.js';
import type { Draft } from '../objects.js';

type Keys = Pick<Draft<PodAffinityTerm>, 'matchLabelKeys' | 'mismatchLabelKeys' | 'labelSelector'>;

/** The keys of labels by which a pod wants others like it, or unlike it, become requirements with the values that it has. */
export function mergeLabelKeys({ metadata, spec }: Draft<Pod>): void {
  const labels = metadata?.labels ?? {};
  for (const affinity of [spec?.affinity?.podAffinity, spec?.affinity?.podAntiAffinity]) {
    for (const { podAffinityTerm } of affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []) {
      if (podAffinityTerm !== undefined) mergeInto(podAffinityTerm, labels);
    }
    for (const term of affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []) mergeInto(term, labels);
  }
  for (const constraint of spec?.topologySpreadConstraints ?? []) mergeInto(constraint, labels);
}

/** Without a selector a term finds nothing, and keys do not make it find more. */
function mergeInto(
  { matchLabelKeys = [], mismatchLabelKeys = [], labelSelector }: Keys,
  labels: Readonly<Record<string, string | undefined>>,
): void {
  const requirements = (keys: readonly string[], operator: 'In' | 'NotIn') =>
    keys.flatMap((key) => {
      const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
      return value === undefined ? [] : [{ key, operator, values: [value] }];
    });
  const added = [...requirements(matchLabelKeys, 'In'), ...requirements(mismatchLabelKeys, 'NotIn')];
  if (labelSelector === undefined || added.length === 0) return;
  labelSelector.matchExpressions = [...(labelSelector.matchExpressions ?? []), ...added];
}
