import type { NodeSelectorTerm, PodAffinity, PodSpec } from '../generated/types.js';
import type { Draft } from '../objects.js';
import { labelValueProblems } from '../validation/names.js';
import { warnOfLabel } from './deprecated-labels.js';

const needed = 'requiredDuringSchedulingIgnoredDuringExecution';
const wished = 'preferredDuringSchedulingIgnoredDuringExecution';

/** Where a pod wants to run by labels that are no more, or that no node can have. @param at the path of the spec */
export function warnOfNodes(spec: Draft<PodSpec>, at: string): string[] {
  const { nodeAffinity } = spec.affinity ?? {};
  const field = `${at}.affinity.nodeAffinity`;
  return [
    ...Object.keys(spec.nodeSelector ?? {}).flatMap((label) =>
      warnOfLabel(label, (message) => `${at}.nodeSelector[${label}]: ${message}`),
    ),
    ...(nodeAffinity?.[needed]?.nodeSelectorTerms ?? []).flatMap((term, index) =>
      warnOfTerm(term, `${field}.${needed}.nodeSelectorTerms[${index}]`, 'checked'),
    ),
    ...(nodeAffinity?.[wished] ?? []).flatMap(({ preference = {} }, index) =>
      warnOfTerm(preference, `${field}.${wished}[${index}].preference`, 'unchecked'),
    ),
    ...(spec.topologySpreadConstraints ?? []).flatMap(({ topologyKey = '', labelSelector }, index) => {
      const here = `${at}.topologySpreadConstraints[${index}]`;
      return [
        ...warnOfLabel(topologyKey, (message) => `${here}.topologyKey: ${topologyKey} is ${message}`),
        ...warnOfSelector(labelSelector, here),
      ];
    }),
  ];
}

/** @param values whether they have been checked already: those of wishes have not */
export function warnOfTerm(
  { matchExpressions = [] }: Draft<NodeSelectorTerm>,
  at: string,
  values: 'checked' | 'unchecked',
): string[] {
  return matchExpressions.flatMap((expression, index) => {
    const { key = '' } = expression;
    const here = `${at}.matchExpressions[${index}]`;
    const problems = (expression.values ?? []).flatMap((value, place) =>
      labelValueProblems(value).map((problem) => `${here}.values[${place}]: ${value} is invalid, ${problem}`),
    );
    return [...warnOfLabel(key, (message) => `${here}.key: ${key} is ${message}`), ...(values === 'unchecked' ? problems : [])];
  });
}

export function warnOfPodAffinity({ affinity }: Draft<PodSpec>, at: string): string[] {
  return [
    ...warnOfTerms(affinity?.podAffinity, `${at}.affinity.podAffinity`),
    ...warnOfTerms(affinity?.podAntiAffinity, `${at}.affinity.podAntiAffinity`),
  ];
}

function warnOfTerms(affinity: Draft<PodAffinity> | undefined, at: string): string[] {
  return [
    ...(affinity?.[needed] ?? []).flatMap(({ labelSelector }, index) =>
      warnOfSelector(labelSelector, `${at}.${needed}[${index}]`),
    ),
    ...(affinity?.[wished] ?? []).flatMap(({ podAffinityTerm }, index) =>
      warnOfSelector(podAffinityTerm?.labelSelector, `${at}.${wished}[${index}].podAffinityTerm`),
    ),
  ];
}

function warnOfSelector(selector: object | undefined, at: string): string[] {
  return selector === undefined ? [`${at}.labelSelector: a null labelSelector results in matching no pod`] : [];
}
