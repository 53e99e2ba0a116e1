import { approvalOf, type CustomResourceDefinition, equalJson, isProtectedGroup } from '@flotilla/api';
import { type Condition, conditionOf, isConditionTrue, withCondition } from './conditions.js';
import { acceptNames } from './naming.js';

type Status = NonNullable<CustomResourceDefinition['status']>;

/**
 * The status that a definition should have: its names accepted or not, served or not, and for the Kubernetes project's own groups
 * whether it has been approved.
 * @param now RFC 3339
 * @returns undefined when it has that status already
 */
export function planStatus(
  crd: CustomResourceDefinition,
  all: readonly CustomResourceDefinition[],
  now: string,
): Status | undefined {
  const naming = acceptNames(crd, all);
  const wanted = [naming.condition, established(crd, naming.condition.status === 'True'), ...approval(crd)];
  const conditions = wanted.reduce((sum, condition) => withCondition(sum, condition, now), crd.status?.conditions ?? []);
  const status = { ...crd.status, conditions, acceptedNames: naming.acceptedNames };
  return equalJson(status, crd.status) ? undefined : status;
}

/** Once served, always served: names that are lost later only mean that new ones are not given. */
function established(crd: CustomResourceDefinition, accepted: boolean): Condition {
  const before = conditionOf(crd, 'Established');
  if (before !== undefined && isConditionTrue(crd, 'Established')) return before;
  const type = 'Established';
  if (!accepted) return { type, status: 'False', reason: 'NotAccepted', message: 'not all names are accepted' };
  return { type, status: 'True', reason: 'InitialNamesAccepted', message: 'the initial names have been accepted' };
}

const approvalReasons = {
  missing: ['False', 'MissingAnnotation'],
  invalid: ['False', 'InvalidAnnotation'],
  approved: ['True', 'ApprovedAnnotation'],
  bypassed: ['False', 'UnapprovedAnnotation'],
} as const;

function approval(crd: CustomResourceDefinition): readonly Condition[] {
  if (!isProtectedGroup(crd.spec.group)) return [];
  const { state, reason: message } = approvalOf(crd.metadata.annotations ?? {});
  const [status, reason] = approvalReasons[state];
  return [{ type: 'KubernetesAPIApprovalPolicyConformant', status, reason, message }];
}
