import {
  duplicate,
  type FieldError,
  invalid,
  invalidWithoutValue,
  notSupported,
  required,
  tooLong,
  tooMany,
} from '../../errors/field-error.js';
import type {
  JobSpec,
  PodFailurePolicyOnExitCodesRequirement,
  PodFailurePolicyOnPodConditionsPattern,
  PodFailurePolicyRule,
  SuccessPolicyRule,
} from '../../generated/types.js';
import type { Draft } from '../../objects.js';
import { nonNegative, problemsOf } from '../../validation/check.js';
import { qualifiedNameProblems } from '../../validation/names.js';
import { countIndexes } from './job-indexes.js';

type Spec = Draft<JobSpec>;

const rulesMax = 20;
const exitCodesMax = 255;
const patternsMax = 20;
const indexesTextMax = 64 * 1024;
const actions = ['Count', 'FailIndex', 'FailJob', 'Ignore'];
const operators = ['In', 'NotIn'];
const statuses = ['False', 'True', 'Unknown'];

/** Which failures of pods count, and which end the job. */
export function validateFailurePolicy(spec: Spec, at: string): FieldError[] {
  const { rules = [] } = spec.podFailurePolicy ?? {};
  const podSpec = spec.template?.spec;
  const names = [...(podSpec?.containers ?? []), ...(podSpec?.initContainers ?? [])].map(({ name = '' }) => name);
  return [
    ...(rules.length > rulesMax ? [tooMany(`${at}.rules`, rules.length, rulesMax)] : []),
    ...rules.flatMap((rule, index) => validateFailureRule(rule, spec, names, `${at}.rules[${index}]`)),
  ];
}

function validateFailureRule(rule: Draft<PodFailurePolicyRule>, spec: Spec, names: readonly string[], at: string): FieldError[] {
  const { action = '', onExitCodes, onPodConditions: patterns = [] } = rule;
  const errors = chosenOf(`${at}.action`, action, actions);
  if (action === 'FailIndex' && spec.backoffLimitPerIndex === undefined) {
    errors.push(invalid(`${at}.action`, action, 'requires the backoffLimitPerIndex to be set'));
  }
  if (onExitCodes !== undefined) errors.push(...validateExitCodes(onExitCodes, names, `${at}.onExitCodes`));
  if (patterns.length > patternsMax) errors.push(tooMany(`${at}.onPodConditions`, patterns.length, patternsMax));
  errors.push(...patterns.flatMap((pattern, index) => validatePattern(pattern, `${at}.onPodConditions[${index}]`)));
  const codes = onExitCodes !== undefined;
  if (codes !== patterns.length > 0) return errors;
  const why = codes
    ? 'specifying both OnExitCodes and OnPodConditions is not supported'
    : 'specifying one of OnExitCodes and OnPodConditions is required';
  return [...errors, invalidWithoutValue(at, why)];
}

function validatePattern({ type = '', status = '' }: Draft<PodFailurePolicyOnPodConditionsPattern>, at: string): FieldError[] {
  return [...problemsOf(`${at}.type`, type, qualifiedNameProblems(type)), ...chosenOf(`${at}.status`, status, statuses)];
}

function validateExitCodes(
  { operator = '', containerName, values = [] }: Draft<PodFailurePolicyOnExitCodesRequirement>,
  names: readonly string[],
  at: string,
): FieldError[] {
  const errors = chosenOf(`${at}.operator`, operator, operators);
  if (containerName !== undefined && !names.includes(containerName)) {
    const why = 'must be one of the container or initContainer names in the pod template';
    errors.push(invalid(`${at}.containerName`, containerName, why));
  }
  if (values.length === 0) errors.push(invalid(`${at}.values`, values, 'at least one value is required'));
  if (values.length > exitCodesMax) errors.push(tooMany(`${at}.values`, values.length, exitCodesMax));
  for (const [index, code] of values.entries()) {
    const each = `${at}.values[${index}]`;
    if (operator === 'In' && code === 0) errors.push(invalid(each, code, 'must not be 0 for the In operator'));
    if (values.indexOf(code) < index) errors.push(duplicate(each, code));
  }
  const ordered = values.every((code, index) => index === 0 || (values[index - 1] ?? code) <= code);
  return ordered ? errors : [...errors, invalid(`${at}.values`, values, 'must be ordered')];
}

/** When an indexed job has succeeded though some of its indexes have not. */
export function validateSuccessPolicy({ successPolicy, completions = 0 }: Spec, at: string): FieldError[] {
  const { rules = [] } = successPolicy ?? {};
  return [
    ...(rules.length === 0
      ? [required(`${at}.rules`, 'at least one rules must be specified when the successPolicy is specified')]
      : []),
    ...(rules.length > rulesMax ? [tooMany(`${at}.rules`, rules.length, rulesMax)] : []),
    ...rules.flatMap((rule, index) => validateSuccessRule(rule, completions, `${at}.rules[${index}]`)),
  ];
}

function validateSuccessRule(
  { succeededCount: count, succeededIndexes: indexes }: Draft<SuccessPolicyRule>,
  completions: number,
  at: string,
): FieldError[] {
  if (count === undefined && indexes === undefined) {
    return [required(at, 'at least one of succeededCount or succeededIndexes must be specified')];
  }
  const errors: FieldError[] = [];
  const counted = indexes === undefined ? undefined : countIndexes(indexes, completions);
  if (indexes !== undefined && indexes.length > indexesTextMax) errors.push(tooLong(`${at}.succeededIndexes`, indexesTextMax));
  if (typeof counted === 'string') {
    errors.push(invalid(`${at}.succeededIndexes`, indexes, `error parsing succeededIndexes: ${counted}`));
  }
  if (count === undefined) return errors;
  const field = `${at}.succeededCount`;
  const atMost = (max: number, of: string) => invalid(field, count, `must be less than or equal to ${max} (the number of ${of})`);
  errors.push(...nonNegative(field, count));
  if (count > completions) errors.push(atMost(completions, 'specified completions'));
  const total = typeof counted === 'number' ? counted : 0;
  if (indexes === undefined || count <= total) return errors;
  return [...errors, atMost(total, 'indexes in the specified succeededIndexes field')];
}

/** Like a member that has to be one of these, but that what is missing is told with the choice. */
function chosenOf(at: string, value: string, choice: readonly string[]): FieldError[] {
  if (value === '') return [required(at, `valid values: [${choice.map((one) => JSON.stringify(one)).join(' ')}]`)];
  return choice.includes(value) ? [] : [notSupported(at, value, choice)];
}
