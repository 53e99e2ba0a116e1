import type { LabelSelector, LabelSelectorRequirement } from '../generated/types.js';
import { matchesRequirements, type Requirement, requirementText } from './requirement.js';

const operators: ReadonlyMap<string, Requirement['operator']> = new Map([
  ['In', 'in'],
  ['NotIn', 'notin'],
  ['Exists', 'exists'],
  ['DoesNotExist', '!'],
]);

/** Whether an object with these labels is selected. An empty selector selects everything; no selector selects nothing. */
export function matchesLabelSelector(
  selector: LabelSelector | undefined,
  labels: Readonly<Record<string, string>> | undefined,
): boolean {
  return selector !== undefined && matchesRequirements(labelSelectorRequirements(selector), labels ?? {});
}

/** As it stands in a URL's labelSelector, and as kubectl prints it: `app=web,tier in (back,front)`. */
export function labelSelectorText(selector: LabelSelector): string {
  return labelSelectorRequirements(selector).map(requirementText).join(',');
}

/**
 * Sorted by key, as Kubernetes keeps them.
 * @throws RangeError for an operator that there is not, with Kubernetes' text
 */
export function labelSelectorRequirements(selector: LabelSelector): readonly Requirement[] {
  const equalities = Object.entries(selector.matchLabels ?? {}).map(
    ([key, value]): Requirement => ({ key, operator: '=', values: [value] }),
  );
  const expressions = (selector.matchExpressions ?? []).map(fromExpression);
  return [...equalities, ...expressions].sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
}

function fromExpression({ key, operator, values = [] }: LabelSelectorRequirement): Requirement {
  const known = operators.get(operator);
  if (known === undefined) throw new RangeError(`${JSON.stringify(operator)} is not a valid label selector operator`);
  return { key, operator: known, values: [...values].sort() };
}
