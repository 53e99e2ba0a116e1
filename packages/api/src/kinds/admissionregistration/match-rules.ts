import { duplicate, type FieldError, invalid, notSupported, required } from '../../errors/field-error.js';
import type { LabelSelector, MatchResources, NamedRuleWithOperations, RuleWithOperations } from '../../generated/types.js';
import type { Draft } from '../../objects.js';
import { problemsOf } from '../../validation/check.js';
import { validateLabelSelector } from '../../validation/label-selector.js';
import { pathSegmentProblems } from '../../validation/names.js';
import { repeated } from '../../validation/repeated.js';

export const failurePolicies = ['Fail', 'Ignore'];
export const matchPolicies = ['Equivalent', 'Exact'];
const operations = ['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE'];
const scopes = ['*', 'Cluster', 'Namespaced'];

interface Selecting {
  matchPolicy?: string | undefined;
  namespaceSelector?: Draft<LabelSelector> | undefined;
  objectSelector?: Draft<LabelSelector> | undefined;
}

/** Nothing said means everything, in all the forms that it may take on its way through the API. */
export function defaultSelection(selection: Selecting): void {
  selection.matchPolicy ||= 'Equivalent';
  selection.namespaceSelector ??= {};
  selection.objectSelector ??= {};
}

export function defaultRules(rules: readonly Draft<RuleWithOperations>[] | undefined): void {
  for (const rule of rules ?? []) rule.scope ||= '*';
}

export function defaultMatchResources(resources: Draft<MatchResources> | undefined): void {
  if (resources === undefined) return;
  defaultSelection(resources);
  defaultRules(resources.resourceRules);
  defaultRules(resources.excludeResourceRules);
}

export function validateMatchResources(resources: Draft<MatchResources> | undefined, field: string): FieldError[] {
  if (resources === undefined) return [];
  const { matchPolicy = '', namespaceSelector, objectSelector, resourceRules = [], excludeResourceRules = [] } = resources;
  return [
    ...(matchPolicies.includes(matchPolicy) ? [] : [notSupported(`${field}.matchPolicy`, matchPolicy, matchPolicies)]),
    ...validateLabelSelector(namespaceSelector, `${field}.namespaceSelector`),
    ...validateLabelSelector(objectSelector, `${field}.objectSelector`),
    ...resourceRules.flatMap((rule, index) => validateNamedRule(rule, `${field}.resourceRules[${index}]`)),
    ...excludeResourceRules.flatMap((rule, index) => validateNamedRule(rule, `${field}.excludeResourceRules[${index}]`)),
  ];
}

function validateNamedRule(rule: Draft<NamedRuleWithOperations>, field: string): FieldError[] {
  const names = rule.resourceNames ?? [];
  const repeats = repeated(names);
  return [
    ...names.flatMap((name, index) => {
      const at = `${field}.resourceNames[${index}]`;
      return [...problemsOf(at, name, pathSegmentProblems(name)), ...(repeats.has(index) ? [duplicate(at, name)] : [])];
    }),
    ...validateRule(rule, field),
  ];
}

export function validateRule(rule: Draft<RuleWithOperations>, field: string): FieldError[] {
  const { operations: wanted = [], apiGroups = [], apiVersions = [], resources = [], scope } = rule;
  return [
    ...someOrAll(wanted, `${field}.operations`, 'operations'),
    ...wanted.flatMap((operation, index) =>
      operations.includes(operation) ? [] : [notSupported(`${field}.operations[${index}]`, operation, operations)],
    ),
    ...someOrAll(apiGroups, `${field}.apiGroups`, 'API groups'),
    ...someOrAll(apiVersions, `${field}.apiVersions`, 'API versions'),
    ...apiVersions.flatMap((version, index) => (version === '' ? [required(`${field}.apiVersions[${index}]`)] : [])),
    ...validateResources(resources, `${field}.resources`),
    ...(scope === undefined || scopes.includes(scope) ? [] : [notSupported(`${field}.scope`, scope, scopes)]),
  ];
}

/** `*` stands for all, so that nothing can stand beside it. */
function someOrAll(values: readonly string[], field: string, what: string): FieldError[] {
  if (values.length === 0) return [required(field)];
  if (values.length === 1 || !values.includes('*')) return [];
  return [invalid(field, values, `if '*' is present, must not specify other ${what}`)];
}

function validateResources(resources: readonly string[], field: string): FieldError[] {
  if (resources.length === 0) return [required(field)];
  const errors: FieldError[] = [];
  const allParts = new Set<string>();
  const ofAll = new Set<string>();
  for (const [index, resource] of resources.entries()) {
    const at = `${field}[${index}]`;
    if (resource === '') errors.push(required(at));
    const slash = resource.indexOf('/');
    if (slash < 0) continue;
    const [main, part] = [resource.slice(0, slash), resource.slice(slash + 1)];
    if (allParts.has(main)) errors.push(invalid(at, resource, `if '${main}/*' is present, must not specify ${resource}`));
    if (ofAll.has(part)) errors.push(invalid(at, resource, `if '*/${part}' is present, must not specify ${resource}`));
    if (part === '*') allParts.add(main);
    if (main === '*') ofAll.add(part);
  }
  if (resources.length > 1 && resources.includes('*/*')) {
    errors.push(invalid(field, resources, "if '*/*' is present, must not specify other resources"));
  }
  // Kubernetes looks only at the last of those that are no subresources.
  const last = resources.findLast((resource) => resource !== '' && !resource.includes('/'));
  if (resources.includes('*') && last !== '*') {
    errors.push(invalid(field, resources, "if '*' is present, must not specify other resources without subresources"));
  }
  return errors;
}
