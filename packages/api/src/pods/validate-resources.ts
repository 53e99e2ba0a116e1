import { type FieldError, invalid, required } from '../errors/field-error.js';
import type { ResourceRequirements } from '../generated/types.js';
import type { Draft } from '../objects.js';
import { problemsOf } from '../validation/check.js';
import { qualifiedNameProblems } from '../validation/names.js';
import { compareQuantities } from '../values/quantity.js';

const standard = new Set(['cpu', 'memory', 'ephemeral-storage']);

export function validateResources(resources: Draft<ResourceRequirements> | undefined, field: string): FieldError[] {
  const { limits = {}, requests = {} } = resources ?? {};
  const errors = [...validateAmounts(limits, `${field}.limits`), ...validateAmounts(requests, `${field}.requests`)];
  for (const [name, request = '0'] of Object.entries(requests)) {
    const limit = Object.hasOwn(limits, name) ? limits[name] : undefined;
    if (limit !== undefined && compareQuantities(request, limit) > 0) {
      errors.push(invalid(`${field}.requests`, request, `must be less than or equal to ${name} limit of ${limit}`));
    }
    if (limit === undefined && !overcommits(name))
      errors.push(required(`${field}.limits`, 'Limit must be set for non overcommitable resources'));
  }
  return errors;
}

function validateAmounts(amounts: Readonly<Record<string, string | undefined>>, field: string): FieldError[] {
  return Object.entries(amounts).flatMap(([name, amount = '0']) => {
    const at = `${field}[${name}]`;
    const negative = compareQuantities(amount, 0) < 0 ? [invalid(at, amount, 'must be greater than or equal to 0')] : [];
    return [...validateName(name, at), ...negative];
  });
}

function validateName(name: string, field: string): FieldError[] {
  const problems = qualifiedNameProblems(name);
  if (problems.length > 0) return problemsOf(field, name, problems);
  if (standard.has(name) || name.startsWith('hugepages-') || name.includes('/')) return [];
  return problemsOf(field, name, [
    'must be a standard resource type or fully qualified',
    'must be a standard resource for containers',
  ]);
}

/** What can be promised more often than it is there; devices and huge pages cannot. */
function overcommits(name: string): boolean {
  return !name.startsWith('hugepages-') && (!name.includes('/') || name.includes('kubernetes.io/'));
}
