import { duplicate, type FieldError, forbidden, invalid, notSupported, required } from '../errors/field-error.js';
import type {
  Affinity,
  NodeSelector,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  PodAffinity,
  PodAffinityTerm,
  Toleration,
  TopologySpreadConstraint,
} from '../generated/types.js';
import type { Draft } from '../objects.js';
import { oneOf, problemsOf } from '../validation/check.js';
import { validateLabelSelector } from '../validation/label-selector.js';
import {
  dns1123LabelProblems,
  dns1123SubdomainProblems,
  labelValueProblems,
  qualifiedNameProblems,
} from '../validation/names.js';
import { repeated } from '../validation/repeated.js';

export const taintEffects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

export function validateTolerations(tolerations: readonly Draft<Toleration>[], field: string): FieldError[] {
  return tolerations.flatMap((toleration, index) => {
    const at = `${field}[${index}]`;
    const { key = '', operator = '', value = '', effect = '', tolerationSeconds } = toleration;
    const errors = key === '' ? [] : problemsOf(`${at}.key`, key, qualifiedNameProblems(key));
    if (key === '' && operator !== 'Exists') {
      const why = 'operator must be Exists when `key` is empty, which means "match all values and all keys"';
      errors.push(invalid(`${at}.operator`, operator, why));
    }
    if (tolerationSeconds !== undefined && effect !== 'NoExecute') {
      errors.push(invalid(`${at}.effect`, effect, "effect must be 'NoExecute' when `tolerationSeconds` is set"));
    }
    const problems = labelValueProblems(value);
    if (operator === '' || operator === 'Equal') {
      if (problems.length > 0) errors.push(invalid(`${at}.operator`, value, problems.join(';')));
    } else if (operator !== 'Exists') errors.push(notSupported(`${at}.operator`, operator, ['Equal', 'Exists']));
    else if (value !== '') errors.push(invalid(`${at}.operator`, value, "value must be empty when `operator` is 'Exists'"));
    return effect === '' ? errors : [...errors, ...oneOf(`${at}.effect`, effect, taintEffects)];
  });
}

export function validateAffinity(affinity: Draft<Affinity> | undefined, field: string): FieldError[] {
  const { nodeAffinity, podAffinity, podAntiAffinity } = affinity ?? {};
  const { requiredDuringSchedulingIgnoredDuringExecution: needed, preferredDuringSchedulingIgnoredDuringExecution: wished = [] } =
    nodeAffinity ?? {};
  const node = `${field}.nodeAffinity`;
  return [
    ...(needed === undefined ? [] : validateNodeSelector(needed, `${node}.requiredDuringSchedulingIgnoredDuringExecution`)),
    ...wished.flatMap(({ weight, preference }, index) => {
      const at = `${node}.preferredDuringSchedulingIgnoredDuringExecution[${index}]`;
      return [...validateWeight(weight, at), ...validateNodeTerm(preference ?? {}, `${at}.preference`, 'any')];
    }),
    ...validatePodAffinity(podAffinity, `${field}.podAffinity`),
    ...validatePodAffinity(podAntiAffinity, `${field}.podAntiAffinity`),
  ];
}

export function validateNodeSelector({ nodeSelectorTerms: terms = [] }: Draft<NodeSelector>, field: string): FieldError[] {
  const at = `${field}.nodeSelectorTerms`;
  if (terms.length === 0) return [required(at, 'must have at least one node selector term')];
  return terms.flatMap((term, index) => validateNodeTerm(term, `${at}[${index}]`, 'labels'));
}

const nodeOperators = ['In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt'];

/** @param values whether values must be such as labels have; a mere wish may name any */
function validateNodeTerm(
  { matchExpressions = [], matchFields = [] }: Draft<NodeSelectorTerm>,
  field: string,
  values: 'labels' | 'any',
): FieldError[] {
  return [
    ...matchExpressions.flatMap((requirement, index) =>
      validateNodeRequirement(requirement, `${field}.matchExpressions[${index}]`, values),
    ),
    ...matchFields.flatMap((requirement, index) => validateNodeField(requirement, `${field}.matchFields[${index}]`)),
  ];
}

function validateNodeRequirement(
  { key = '', operator = '', values = [] }: Draft<NodeSelectorRequirement>,
  at: string,
  allowed: 'labels' | 'any',
): FieldError[] {
  const errors: FieldError[] = [];
  if ((operator === 'In' || operator === 'NotIn') && values.length === 0) {
    errors.push(required(`${at}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
  } else if ((operator === 'Exists' || operator === 'DoesNotExist') && values.length > 0) {
    errors.push(forbidden(`${at}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
  } else if ((operator === 'Gt' || operator === 'Lt') && values.length !== 1) {
    errors.push(required(`${at}.values`, "must be specified single value when `operator` is 'Lt' or 'Gt'"));
  } else if (!nodeOperators.includes(operator)) {
    errors.push(invalid(`${at}.operator`, operator, 'not a valid selector operator'));
  }
  errors.push(...problemsOf(`${at}.key`, key, qualifiedNameProblems(key)));
  if (allowed === 'any') return errors;
  return [...errors, ...values.flatMap((value, index) => problemsOf(`${at}.values[${index}]`, value, labelValueProblems(value)))];
}

/** Of a node's own fields, the name alone can be selected by. */
function validateNodeField({ key = '', operator = '', values = [] }: Draft<NodeSelectorRequirement>, at: string): FieldError[] {
  const errors: FieldError[] = [];
  if (operator !== 'In' && operator !== 'NotIn') {
    errors.push(invalid(`${at}.operator`, operator, 'not a valid selector operator'));
  } else if (values.length !== 1) {
    const why = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector";
    errors.push(required(`${at}.values`, why));
  }
  if (key !== 'metadata.name') return [...errors, invalid(`${at}.key`, key, 'not a valid field selector key')];
  return [
    ...errors,
    ...values.flatMap((value, index) => problemsOf(`${at}.values[${index}]`, value, dns1123SubdomainProblems(value))),
  ];
}

function validatePodAffinity(affinity: Draft<PodAffinity> | undefined, field: string): FieldError[] {
  const {
    requiredDuringSchedulingIgnoredDuringExecution: needed = [],
    preferredDuringSchedulingIgnoredDuringExecution: wished = [],
  } = affinity ?? {};
  return [
    ...needed.flatMap((term, index) =>
      validatePodTerm(term, `${field}.requiredDuringSchedulingIgnoredDuringExecution[${index}]`),
    ),
    ...wished.flatMap(({ weight, podAffinityTerm }, index) => {
      const at = `${field}.preferredDuringSchedulingIgnoredDuringExecution[${index}]`;
      return [...validateWeight(weight, at), ...validatePodTerm(podAffinityTerm ?? {}, `${at}.podAffinityTerm`)];
    }),
  ];
}

function validatePodTerm(term: Draft<PodAffinityTerm>, field: string): FieldError[] {
  const { topologyKey = '', labelSelector, namespaceSelector, namespaces = [] } = term;
  return [
    ...validateLabelSelector(labelSelector, `${field}.labelSelector`),
    ...validateLabelSelector(namespaceSelector, `${field}.namespaceSelector`),
    ...namespaces.flatMap((name) => problemsOf(`${field}.namespace`, name, dns1123LabelProblems(name))),
    ...validateLabelKeys(term, field),
    ...(topologyKey === '' ? [required(`${field}.topologyKey`, 'can not be empty')] : []),
    ...problemsOf(`${field}.topologyKey`, topologyKey, qualifiedNameProblems(topologyKey)),
  ];
}

/** Keys whose values are taken from the pod itself: when it is created they become requirements of the selector. */
function validateLabelKeys(
  term: Pick<Draft<PodAffinityTerm>, 'matchLabelKeys' | 'mismatchLabelKeys' | 'labelSelector'>,
  field: string,
): FieldError[] {
  const { matchLabelKeys = [], mismatchLabelKeys = [], labelSelector } = term;
  const errors = (['matchLabelKeys', 'mismatchLabelKeys'] as const).flatMap((name) => {
    const keys = term[name] ?? [];
    if (keys.length > 0 && labelSelector === undefined) {
      return [forbidden(`${field}.${name}`, 'must not be specified when labelSelector is not set')];
    }
    return keys.flatMap((key, index) => problemsOf(`${field}.${name}[${index}]`, key, qualifiedNameProblems(key)));
  });
  const mismatched = new Set(mismatchLabelKeys);
  const lastPlaces = new Map(matchLabelKeys.map((key, index) => [key, index]));
  const seen = new Set(Object.keys(labelSelector?.matchLabels ?? {}));
  for (const { key = '' } of labelSelector?.matchExpressions ?? []) {
    const index = lastPlaces.get(key);
    if (index !== undefined && seen.has(key)) {
      errors.push(invalid(`${field}[${index}]`, key, 'exists in both matchLabelKeys and labelSelector'));
    }
    seen.add(key);
  }
  return [
    ...errors,
    ...matchLabelKeys.flatMap((key, index) =>
      mismatched.has(key)
        ? [invalid(`${field}.matchLabelKeys[${index}]`, key, 'exists in both matchLabelKeys and mismatchLabelKeys')]
        : [],
    ),
  ];
}

function validateWeight(weight: number | undefined, field: string): FieldError[] {
  return weight !== undefined && weight >= 1 && weight <= 100
    ? []
    : [invalid(`${field}.weight`, weight ?? 0, 'must be in the range 1-100')];
}

const unsatisfiableActions = ['DoNotSchedule', 'ScheduleAnyway'];
const inclusionPolicies = ['Honor', 'Ignore'];

export function validateTopologySpread(constraints: readonly Draft<TopologySpreadConstraint>[], field: string): FieldError[] {
  const meanings = constraints.map(({ topologyKey = '', whenUnsatisfiable = '' }) => `${topologyKey}, ${whenUnsatisfiable}`);
  const repeats = repeated(meanings.reverse()); // of two, Kubernetes complains about the first
  return constraints.flatMap((constraint, index) => {
    const at = `${field}[${index}]`;
    const { maxSkew = 0, topologyKey = '', whenUnsatisfiable: action = '', minDomains } = constraint;
    const errors: FieldError[] = [];
    if (maxSkew <= 0) errors.push(invalid(`${at}.maxSkew`, maxSkew, 'must be greater than zero'));
    if (topologyKey === '') errors.push(required(`${at}.topologyKey`, 'can not be empty'));
    if (!unsatisfiableActions.includes(action)) {
      errors.push(notSupported(`${at}.whenUnsatisfiable`, action, unsatisfiableActions));
    }
    if (repeats.has(constraints.length - 1 - index))
      errors.push(duplicate(`${at}.{topologyKey, whenUnsatisfiable}`, `{${topologyKey}, ${action}}`));
    if (minDomains !== undefined) errors.push(...validateMinDomains(minDomains, action, `${at}.minDomains`));
    for (const name of ['nodeAffinityPolicy', 'nodeTaintsPolicy'] as const) {
      const policy = constraint[name];
      if (policy === undefined || inclusionPolicies.includes(policy)) continue;
      errors.push(notSupported(`${at}.${name}`, policy, inclusionPolicies));
    }
    return [
      ...errors,
      ...validateLabelKeys(constraint, at),
      ...validateLabelSelector(constraint.labelSelector, `${at}.labelSelector`),
    ];
  });
}

function validateMinDomains(minDomains: number, action: string, at: string): FieldError[] {
  const why = `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${action}`;
  return [
    ...(minDomains <= 0 ? [invalid(at, minDomains, 'must be greater than zero')] : []),
    ...(action === 'DoNotSchedule' ? [] : [invalid(at, minDomains, why)]),
  ];
}
