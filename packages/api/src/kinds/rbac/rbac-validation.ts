import { type FieldError, invalid, notSupported, required } from '../../errors/field-error.js';
import { goForm } from '../../errors/go-form.js';
import type { ClusterRole, ClusterRoleBinding, PolicyRule, Role, RoleBinding, Subject } from '../../generated/types.js';
import { equalJson } from '../../json.js';
import type { Draft } from '../../objects.js';
import { problemsOf } from '../../validation/check.js';
import { validateLabelSelector } from '../../validation/label-selector.js';
import { dns1123SubdomainProblems, pathSegmentProblems } from '../../validation/names.js';

const group = 'rbac.authorization.k8s.io';

export function validateRole({ rules = [] }: Draft<Role>): FieldError[] {
  return rules.flatMap((rule, index) => validateRule(rule, `rules[${index}]`, true));
}

export function validateClusterRole({ rules = [], aggregationRule }: Draft<ClusterRole>): FieldError[] {
  const selectors = aggregationRule?.clusterRoleSelectors ?? [];
  const field = 'aggregationRule.clusterRoleSelectors';
  return [
    ...rules.flatMap((rule, index) => validateRule(rule, `rules[${index}]`, false)),
    ...(aggregationRule !== undefined && selectors.length === 0
      ? [required(field, 'at least one clusterRoleSelector required if aggregationRule is non-nil')]
      : selectors.flatMap((selector, index) => validateLabelSelector(selector, `${field}[${index}]`))),
  ];
}

function validateRule(rule: Draft<PolicyRule>, field: string, namespaced: boolean): FieldError[] {
  const { verbs = [], apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } = rule;
  const errors: FieldError[] = verbs.length === 0 ? [required(`${field}.verbs`, 'verbs must contain at least one value')] : [];
  if (nonResourceURLs.length > 0) {
    const at = `${field}.nonResourceURLs`;
    if (namespaced) errors.push(invalid(at, nonResourceURLs, 'namespaced rules cannot apply to non-resource URLs'));
    if (apiGroups.length + resources.length + resourceNames.length > 0) {
      errors.push(invalid(at, nonResourceURLs, 'rules cannot apply to both regular resources and non-resource URLs'));
    }
    return errors;
  }
  if (apiGroups.length === 0) errors.push(required(`${field}.apiGroups`, 'resource rules must supply at least one api group'));
  if (resources.length === 0) errors.push(required(`${field}.resources`, 'resource rules must supply at least one resource'));
  return errors;
}

type Binding = RoleBinding | ClusterRoleBinding;

export function validateRoleBinding(draft: Draft<RoleBinding>): FieldError[] {
  return validateBinding(draft, ['Role', 'ClusterRole'], true);
}

export function validateClusterRoleBinding(draft: Draft<ClusterRoleBinding>): FieldError[] {
  return validateBinding(draft, ['ClusterRole'], false);
}

const roleRefShape = { APIGroup: '', Kind: '', Name: '' } as const;

/** Whoever may edit a binding must not thereby grant another role. */
export function validateBindingUpdate({ roleRef }: Draft<Binding>, old: Binding): FieldError[] {
  return equalJson(roleRef, old.roleRef)
    ? []
    : [invalid('roleRef', goForm(roleRef ?? {}, roleRefShape), 'cannot change roleRef')];
}

/** @param namespaced whose service accounts are its namespace's, where they do not say otherwise */
function validateBinding(
  { roleRef = {}, subjects = [] }: Draft<Binding>,
  roleKinds: readonly string[],
  namespaced: boolean,
): FieldError[] {
  const { apiGroup = '', kind = '', name = '' } = roleRef;
  return [
    ...(apiGroup === group ? [] : [notSupported('roleRef.apiGroup', apiGroup, [group])]),
    ...(roleKinds.includes(kind) ? [] : [notSupported('roleRef.kind', kind, roleKinds)]),
    ...(name === '' ? [required('roleRef.name')] : problemsOf('roleRef.name', name, pathSegmentProblems(name))),
    ...subjects.flatMap((subject, index) => validateSubject(subject, `subjects[${index}]`, namespaced)),
  ];
}

function validateSubject(
  { kind = '', name = '', namespace = '', apiGroup = '' }: Draft<Subject>,
  field: string,
  namespaced: boolean,
): FieldError[] {
  const errors: FieldError[] = name === '' ? [required(`${field}.name`)] : [];
  if (kind === 'ServiceAccount') {
    if (name !== '') errors.push(...problemsOf(`${field}.name`, name, dns1123SubdomainProblems(name)));
    if (apiGroup !== '') errors.push(notSupported(`${field}.apiGroup`, apiGroup, ['']));
    if (namespace === '' && !namespaced) errors.push(required(`${field}.namespace`));
  } else if (kind !== 'User' && kind !== 'Group') {
    errors.push(notSupported(`${field}.kind`, kind, ['ServiceAccount', 'User', 'Group']));
  } else if (apiGroup !== group) errors.push(notSupported(`${field}.apiGroup`, apiGroup, [group]));
  return errors;
}
