import { duplicate, type FieldError, invalid, notSupported, required, tooLong } from '../errors/field-error.js';
import type { Condition } from '../generated/types.js';
import type { Draft } from '../objects.js';
import { problemsOf } from './check.js';
import { conditionReasonProblems, qualifiedNameProblems } from './names.js';
import { repeated } from './repeated.js';

const statuses = ['False', 'True', 'Unknown'];
const reasonMax = 1_024;
const messageMax = 32_768;

/** meta/v1 Conditions, of which each type has one. */
export function validateConditions(conditions: readonly Draft<Condition>[] = [], field: string): FieldError[] {
  const repeats = repeated(conditions.map(({ type = '' }) => type));
  return conditions.flatMap((condition, index) => {
    const { type = '' } = condition;
    const at = `${field}[${index}]`;
    return [...(repeats.has(index) ? [duplicate(`${at}.type`, type)] : []), ...validateCondition(condition, at)];
  });
}

function validateCondition(condition: Draft<Condition>, at: string): FieldError[] {
  const { type = '', status = '', observedGeneration = 0, lastTransitionTime = '', reason = '', message = '' } = condition;
  const errors = problemsOf(`${at}.type`, type, qualifiedNameProblems(type));
  if (!statuses.includes(status)) errors.push(notSupported(`${at}.status`, status, statuses));
  if (observedGeneration < 0) {
    errors.push(invalid(`${at}.observedGeneration`, observedGeneration, 'must be greater than or equal to zero'));
  }
  if (lastTransitionTime === '') errors.push(required(`${at}.lastTransitionTime`));
  if (reason === '') errors.push(required(`${at}.reason`));
  else errors.push(...problemsOf(`${at}.reason`, reason, conditionReasonProblems(reason)));
  if (reason.length > reasonMax) errors.push(tooLong(`${at}.reason`, reasonMax));
  if (message.length > messageMax) errors.push(tooLong(`${at}.message`, messageMax));
  return errors;
}
