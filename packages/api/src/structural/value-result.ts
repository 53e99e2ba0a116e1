import type { FieldError } from '../errors/field-error.js';

/** What one schema says of one value. */
export interface ValueResult {
  readonly errors: readonly FieldError[];
  /** How many rules were looked at: of several alternatives that all fail, the one that got furthest tells why. */
  readonly matches: number;
}

export function merged(results: readonly ValueResult[]): ValueResult {
  return {
    errors: results.flatMap(({ errors }) => errors),
    matches: results.reduce((total, { matches }) => total + matches, 1),
  };
}

export function resultOf(errors: readonly FieldError[]): ValueResult {
  return { errors, matches: errors.length === 0 ? 1 : 0 };
}
