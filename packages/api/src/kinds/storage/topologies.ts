import { duplicate, type FieldError, required } from '../../errors/field-error.js';
import type { TopologySelectorTerm } from '../../generated/types.js';
import type { Draft } from '../../objects.js';
import { problemsOf } from '../../validation/check.js';
import { qualifiedNameProblems } from '../../validation/names.js';
import { repeated } from '../../validation/repeated.js';

/** Where volumes may be: terms by labels of nodes, none of which says what another says. */
export function validateTopologies(terms: readonly Draft<TopologySelectorTerm>[], field: string): FieldError[] {
  const repeats = repeated(terms.map(meaningOf));
  return terms.flatMap((term, index) => {
    const at = `${field}[${index}].matchLabelExpressions`;
    return [...validateTerm(term, at), ...(repeats.has(index) ? [duplicate(at, '')] : [])];
  });
}

function validateTerm({ matchLabelExpressions: expressions = [] }: Draft<TopologySelectorTerm>, field: string): FieldError[] {
  const repeats = repeated(expressions.map(({ key = '' }) => key));
  return expressions.flatMap(({ key = '', values = [] }, index) => {
    const at = `${field}[${index}]`;
    const repeatedValues = repeated(values);
    return [
      ...(values.length === 0 ? [required(`${at}.values`)] : []),
      ...values.flatMap((value, i) => (repeatedValues.has(i) ? [duplicate(`${at}.values[${i}]`, value)] : [])),
      ...problemsOf(`${at}.key`, key, qualifiedNameProblems(key)),
      ...(repeats.has(index) ? [duplicate(`${at}.key`, key)] : []),
    ];
  });
}

/** Neither the order of keys nor that of values means anything. */
function meaningOf({ matchLabelExpressions: expressions = [] }: Draft<TopologySelectorTerm>): string {
  const valuesOf = new Map(expressions.map(({ key = '', values = [] }) => [key, [...new Set(values)].sort()]));
  return JSON.stringify([...valuesOf].sort(([a], [b]) => (a < b ? -1 : 1)));
}
