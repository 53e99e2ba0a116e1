import type { CustomResourceDefinition, CustomResourceDefinitionCondition } from '@flotilla/api';

export type Condition = Omit<CustomResourceDefinitionCondition, 'lastTransitionTime'>;

export function conditionOf(crd: CustomResourceDefinition, type: string): CustomResourceDefinitionCondition | undefined {
  return crd.status?.conditions?.find((condition) => condition.type === type);
}

export function isConditionTrue(crd: CustomResourceDefinition, type: string): boolean {
  return conditionOf(crd, type)?.status === 'True';
}

/** The conditions with this one in it; its time of transition is that of the last change of its status. */
export function withCondition(
  conditions: readonly CustomResourceDefinitionCondition[],
  condition: Condition,
  now: string,
): readonly CustomResourceDefinitionCondition[] {
  const before = conditions.find(({ type }) => type === condition.type);
  const since = before?.status === condition.status ? (before.lastTransitionTime ?? now) : now;
  const after = { lastTransitionTime: since, ...condition };
  if (before === undefined) return [...conditions, after];
  return conditions.map((one) => (one === before ? after : one));
}
