import { type FieldError, invalid, required } from '../../errors/field-error.js';
import type { ResourceQuota, ResourceQuotaSpec, ScopedResourceSelectorRequirement } from '../../generated/types.js';
import type { Draft } from '../../objects.js';
import { problemsOf } from '../../validation/check.js';
import { immutableMessage } from '../../validation/object-meta.js';
import { isStandardQuotaName, quotaResourceProblems, validateResourceAmount } from '../../validation/resource-names.js';

const countsOfPods = ['pods'];
const ofPods = [...countsOfPods, 'cpu', 'memory', 'limits.cpu', 'limits.memory', 'requests.cpu', 'requests.memory'];
/** What can be counted of the things that a scope is about. */
const resourcesOfScope = new Map([
  ['BestEffort', countsOfPods],
  ['CrossNamespacePodAffinity', ofPods],
  ['NotBestEffort', ofPods],
  ['NotTerminating', ofPods],
  ['PriorityClass', ofPods],
  ['Terminating', ofPods],
  ['VolumeAttributesClass', ['persistentvolumeclaims', 'requests.storage']],
]);
const exclusive = [
  ['BestEffort', 'NotBestEffort'],
  ['Terminating', 'NotTerminating'],
] as const;
const withoutValues = ['BestEffort', 'NotBestEffort', 'Terminating', 'NotTerminating', 'CrossNamespacePodAffinity'];

type Amounts = Readonly<Record<string, string | undefined>>;

function validateAmounts(amounts: Amounts | undefined, field: string): FieldError[] {
  return Object.entries(amounts ?? {}).flatMap(([name, amount = '0']) => {
    const at = `${field}[${name}]`;
    return [...problemsOf(at, name, quotaResourceProblems(name)), ...validateResourceAmount(name, amount, at)];
  });
}

export function validateQuota({ spec = {} }: Draft<ResourceQuota>): FieldError[] {
  return [...validateAmounts(spec.hard, 'spec.hard'), ...validateScopes(spec), ...validateSelector(spec)];
}

export function validateQuotaStatus({ status = {} }: Draft<ResourceQuota>): FieldError[] {
  return [...validateAmounts(status.hard, 'status.hard'), ...validateAmounts(status.used, 'status.used')];
}

/** What a quota is about does not change, for its usage would have to be counted anew. */
export function validateQuotaUpdate({ spec = {} }: Draft<ResourceQuota>, old: ResourceQuota): FieldError[] {
  const [now, before] = [spec.scopes ?? [], old.spec.scopes ?? []];
  const [wanted, present] = [new Set(now), new Set(before)];
  const same = now.every((scope) => present.has(scope)) && before.every((scope) => wanted.has(scope));
  return same ? [] : [invalid('spec.scopes', now, immutableMessage)];
}

/** Whether something is limited that one of the scopes has none of. */
function misapplied(scopes: readonly string[], hard: Amounts = {}): boolean {
  const names = Object.keys(hard).filter(isStandardQuotaName);
  return [...new Set(scopes)].some((scope) => names.some((name) => resourcesOfScope.get(scope)?.includes(name) !== true));
}

function conflicts(scopes: readonly string[], shown: readonly string[] | null, field: string): FieldError[] {
  return exclusive.flatMap((pair) =>
    pair.every((scope) => scopes.includes(scope)) ? [invalid(field, shown, 'conflicting scopes')] : [],
  );
}

function validateScopes({ scopes = [], hard }: Draft<ResourceQuotaSpec>): FieldError[] {
  const field = 'spec.scopes';
  return [
    // Each once, for they show all scopes.
    ...(scopes.every((scope) => resourcesOfScope.has(scope)) ? [] : [invalid(field, scopes, 'unsupported scope')]),
    ...(misapplied(scopes, hard) ? [invalid(field, scopes, 'unsupported scope applied to resource')] : []),
    ...conflicts(scopes, scopes, field),
  ];
}

function validateSelector({ scopeSelector, hard, scopes }: Draft<ResourceQuotaSpec>): FieldError[] {
  const requirements = scopeSelector?.matchExpressions ?? [];
  const names = requirements.map(({ scopeName = '' }) => scopeName);
  const field = 'spec.scopeSelector.matchExpressions';
  // Kubernetes shows the selector as its own programs hold it.
  const shown = {
    MatchExpressions: requirements.map(({ scopeName = '', operator = '', values = null }) => {
      return { ScopeName: scopeName, Operator: operator, Values: values };
    }),
  };
  return [
    ...requirements.flatMap((requirement) => [
      ...(resourcesOfScope.has(requirement.scopeName ?? '')
        ? []
        : [invalid(`${field}.scopeName`, requirement.scopeName ?? '', 'unsupported scope')]),
      ...validateRequirement(requirement, field),
    ]),
    ...(misapplied(names, hard) ? [invalid(field, shown, 'unsupported scope applied to resource')] : []),
    ...conflicts(names, scopes ?? null, field),
  ];
}

function validateRequirement(
  { scopeName = '', operator = '', values = [] }: Draft<ScopedResourceSelectorRequirement>,
  field: string,
): FieldError[] {
  const errors: FieldError[] = [];
  if (withoutValues.includes(scopeName) && operator !== 'Exists') {
    const why =
      "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity";
    errors.push(invalid(`${field}.operator`, operator, why));
  }
  const at = `${field}.values`;
  if (operator === 'In' || operator === 'NotIn') {
    const why = "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector";
    return values.length > 0 ? errors : [...errors, required(at, why)];
  }
  if (operator !== 'Exists' && operator !== 'DoesNotExist') {
    return [...errors, invalid(`${field}.operator`, operator, 'not a valid selector operator')];
  }
  const why = "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector";
  return values.length === 0 ? errors : [...errors, invalid(at, values, why)];
}
