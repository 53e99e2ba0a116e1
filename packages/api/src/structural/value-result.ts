import type { FieldError } from '../errors/field-error.js';

/** What one schema says of one value. */
export interface ValueResult {
  readonly errors: readonly FieldError[];
  /** How many rules were looked at: of several alternatives that all fail, the one that got furthest tells why. */
  readonly matches: number;
}

const none: readonly FieldError[] = [];

export function merged(results: readonly ValueResult[]): ValueResult {
  let matches = 1;
  let failed = 0;
  for (const result of results) {
    matches += result.matches;
    if (result.errors.length > 0) failed += 1;
  }
  // Nearly all values are as they should be, and there may be a million.
  return { errors: failed === 0 ? none : results.flatMap(({ errors }) => errors), matches };
}

export function resultOf(errors: readonly FieldError[]): ValueResult {
  return { errors, matches: errors.length === 0 ? 1 : 0 };
}
