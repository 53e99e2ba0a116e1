import { type FieldError, invalid, notSupported } from '../../errors/field-error.js';
import type { PersistentVolumeClaim } from '../../generated/types.js';
import type { Draft } from '../../objects.js';
import { problemsOf } from '../../validation/check.js';
import { qualifiedNameProblems } from '../../validation/names.js';
import { isNative } from '../../validation/resource-names.js';
import { compareQuantities, quantityValue } from '../../values/quantity.js';

/** How far an expansion has come. */
const resizeStatuses = [
  'ControllerResizeInProgress',
  'ControllerResizeInfeasible',
  'NodeResizeInProgress',
  'NodeResizeInfeasible',
  'NodeResizePending',
];

/** How much a claim has, how much it is being given, and how that goes. */
export function validateClaimStatus({ status = {} }: Draft<PersistentVolumeClaim>): FieldError[] {
  const { capacity = {}, allocatedResourceStatuses = {}, allocatedResources = {} } = status;
  const statuses = 'status.allocatedResourceStatuses';
  const allocated = 'status.allocatedResources';
  return [
    ...Object.entries(capacity).flatMap(([name, amount = '0']) => validateAmount(amount, `status.capacity[${name}]`)),
    ...Object.entries(allocatedResourceStatuses).flatMap(([name, state = '']) => [
      ...validateResource(name, statuses),
      ...(resizeStatuses.includes(state) ? [] : [notSupported(statuses, name, resizeStatuses)]),
    ]),
    ...Object.entries(allocatedResources).flatMap(([name, amount = '0']) => {
      const errors = validateResource(name, allocated);
      return errors.length > 0 ? errors : validateAmount(amount, `${allocated}[${name}]`);
    }),
  ];
}

/** Of what Kubernetes itself counts, claims have storage only. */
function validateResource(name: string, field: string): FieldError[] {
  const problems = qualifiedNameProblems(name);
  if (problems.length > 0) return problemsOf(field, name, problems);
  return isNative(name) && name !== 'storage' ? [notSupported(field, name, ['storage'])] : [];
}

function validateAmount(amount: string, field: string): FieldError[] {
  return compareQuantities(amount, 0) < 0 ? [invalid(field, quantityValue(amount), 'must be a valid resource quantity')] : [];
}
