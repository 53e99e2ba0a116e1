import { type FieldError, invalid } from '../errors/field-error.js';
import { type IntOrString, isPercent } from '../values/int-or-string.js';
import { nonNegative } from './check.js';

const percentProblem =
  "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')";

/** A count that is not negative, or a percentage. */
export function validateIntOrPercent(value: IntOrString | undefined, field: string): FieldError[] {
  if (value === undefined) return [];
  if (typeof value === 'number') return nonNegative(field, value);
  return isPercent(value) ? [] : [invalid(field, value, percentProblem)];
}

/** A share of a whole is 100% at most. */
export function notAboveAll(value: IntOrString | undefined, field: string): FieldError[] {
  const above = value !== undefined && isPercent(value) && percentOf(value) > 100;
  return above ? [invalid(field, value, 'must not be greater than 100%')] : [];
}

/** The number in front of the sign, or the count itself; 0 for what is neither. */
export function percentOf(value: IntOrString): number {
  if (typeof value === 'number') return value;
  return isPercent(value) ? Number.parseInt(value, 10) : 0;
}
