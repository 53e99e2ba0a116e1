import { duplicate, type FieldError, forbidden, invalid, notSupported, required } from '../errors/field-error.js';
import type {
  Affinity,
  NodeSelectorTerm,
  PodAffinity,
  PodAffinityTerm,
  Toleration,
  TopologySpreadConstraint,
} from '../generated/types.js';
import type { Draft } from '../objects.js';
import { isEmpty, oneOf, problemsOf } from '../validation/check.js';
import { validateLabelSelector } from '../validation/label-selector.js';
import { labelValueProblems, qualifiedNameProblems } from '../validation/names.js';

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
    if (operator === '' || operator === 'Equal') errors.push(...problemsOf(`${at}.operator`, value, labelValueProblems(value)));
    else if (operator !== 'Exists') errors.push(notSupported(`${at}.operator`, operator, ['Equal', 'Exists']));
    else if (value !== '') errors.push(invalid(`${at}.operator`, toleration, "value must be empty when `operator` is 'Exists'"));
    return effect === '' ? errors : [...errors, ...oneOf(`${at}.effect`, effect, taintEffects)];
  });
}

export function validateAffinity(affinity: Draft<Affinity> | undefined, field: string): FieldError[] {
  const { nodeAffinity, podAffinity, podAntiAffinity } = affinity ?? {};
  const node = `${field}.nodeAffinity`;
  const needed = nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  const requiredField = `${node}.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms`;
  const terms = needed?.nodeSelectorTerms ?? [];
  return [
    ...(needed !== undefined && terms.length === 0 ? [required(requiredField, 'must have at least one node selector term')] : []),
    ...terms.flatMap((term, index) => validateNodeTerm(term, `${requiredField}[${index}]`)),
    ...(nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).flatMap(({ weight, preference }, index) => {
      const at = `${node}.preferredDuringSchedulingIgnoredDuringExecution[${index}]`;
      return [...validateWeight(weight, at), ...validateNodeTerm(preference ?? {}, `${at}.preference`)];
    }),
    ...validatePodAffinity(podAffinity, `${field}.podAffinity`),
    ...validatePodAffinity(podAntiAffinity, `${field}.podAntiAffinity`),
  ];
}

function validateNodeTerm({ matchExpressions = [] }: Draft<NodeSelectorTerm>, field: string): FieldError[] {
  return matchExpressions.flatMap(({ key = '', operator = '', values = [] }, index) => {
    const at = `${field}.matchExpressions[${index}]`;
    const errors = problemsOf(`${at}.key`, key, qualifiedNameProblems(key));
    if ((operator === 'In' || operator === 'NotIn') && values.length === 0) {
      errors.push(required(`${at}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
    } else if ((operator === 'Exists' || operator === 'DoesNotExist') && values.length > 0) {
      errors.push(forbidden(`${at}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
    } else if ((operator === 'Gt' || operator === 'Lt') && values.length !== 1) {
      errors.push(required(`${at}.values`, "must be specified single value when `operator` is 'Lt' or 'Gt'"));
    } else if (!['In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt'].includes(operator)) {
      errors.push(invalid(`${at}.operator`, operator, 'not a valid selector operator'));
    }
    return errors;
  });
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

function validatePodTerm(
  { topologyKey = '', labelSelector, namespaceSelector }: Draft<PodAffinityTerm>,
  field: string,
): FieldError[] {
  return [
    ...validateLabelSelector(labelSelector, `${field}.labelSelector`),
    ...validateLabelSelector(namespaceSelector, `${field}.namespaceSelector`),
    ...(topologyKey === ''
      ? [required(`${field}.topologyKey`, 'can not be empty')]
      : problemsOf(`${field}.topologyKey`, topologyKey, qualifiedNameProblems(topologyKey))),
  ];
}

function validateWeight(weight: number | undefined, field: string): FieldError[] {
  return weight !== undefined && weight >= 1 && weight <= 100
    ? []
    : [invalid(`${field}.weight`, weight ?? 0, 'must be in the range 1-100')];
}

export function validateTopologySpread(constraints: readonly Draft<TopologySpreadConstraint>[], field: string): FieldError[] {
  const seen = new Set<string>();
  return constraints.flatMap(({ maxSkew = 0, topologyKey, whenUnsatisfiable, labelSelector }, index) => {
    const at = `${field}[${index}]`;
    const errors: FieldError[] = [];
    if (maxSkew <= 0) errors.push(invalid(`${at}.maxSkew`, maxSkew, 'must be greater than zero'));
    if (isEmpty(topologyKey)) errors.push(required(`${at}.topologyKey`, 'can not be empty'));
    errors.push(...oneOf(`${at}.whenUnsatisfiable`, whenUnsatisfiable, ['DoNotSchedule', 'ScheduleAnyway']));
    const key = `{${topologyKey ?? ''}, ${whenUnsatisfiable ?? ''}}`;
    if (seen.has(key)) errors.push(duplicate(`${at}.{topologyKey, whenUnsatisfiable}`, key));
    seen.add(key);
    return [...errors, ...validateLabelSelector(labelSelector, `${at}.labelSelector`)];
  });
}
