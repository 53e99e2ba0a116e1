import { type FieldError, invalid, notSupported, required } from '../errors/field-error.js';

/** Checks that many kinds share, in Kubernetes' words. Each answers with the errors of one member. */

export function isEmpty(text: string | undefined): boolean {
  return text === undefined || text === '';
}

export function nonNegative(field: string, value: number | undefined): FieldError[] {
  return value !== undefined && value < 0 ? [invalid(field, value, 'must be greater than or equal to 0')] : [];
}

export function between(field: string, value: number | undefined, min: number, max: number): FieldError[] {
  return value !== undefined && (value < min || value > max) ? [invalid(field, value, betweenMessage(min, max))] : [];
}

export function portNumber(field: string, value: number): FieldError[] {
  const problem = portNumberProblem(value);
  return problem === undefined ? [] : [invalid(field, value, problem)];
}

export function portNumberProblem(value: number): string | undefined {
  return value >= 1 && value <= 65_535 ? undefined : betweenMessage(1, 65_535);
}

function betweenMessage(min: number, max: number): string {
  return `must be between ${min} and ${max}, inclusive`;
}

/** A member that must be there, and one of these; the message lists them in the order given. */
export function oneOf(field: string, value: string | undefined, supported: readonly string[]): FieldError[] {
  if (value === undefined || value === '') return [required(field)];
  return supported.includes(value) ? [] : [notSupported(field, value, supported)];
}

/** One error per problem, each a sentence about `value`. */
export function problemsOf(field: string, value: string, problems: readonly string[]): FieldError[] {
  return problems.map((problem) => invalid(field, value, problem));
}
