import { duplicate, type FieldError, required } from '../../errors/field-error.js';
import type { TopologySelectorTerm } from '../../generated/types.js';
import { equalJson } from '../../json.js';
import type { Draft } from '../../objects.js';
import { problemsOf } from '../../validation/check.js';
import { qualifiedNameProblems } from '../../validation/names.js';

/** Where volumes may be: terms by labels of nodes, none of which says what another says. */
export function validateTopologies(terms: readonly Draft<TopologySelectorTerm>[], field: string): FieldError[] {
  const meanings = terms.map(meaningOf);
  return terms.flatMap((term, index) => {
    const at = `${field}[${index}].matchLabelExpressions`;
    const repeated = meanings.findIndex((meaning) => equalJson(meaning, meanings[index])) < index;
    return [...validateTerm(term, at), ...(repeated ? [duplicate(at, '')] : [])];
  });
}

function validateTerm({ matchLabelExpressions: expressions = [] }: Draft<TopologySelectorTerm>, field: string): FieldError[] {
  const keys = expressions.map(({ key = '' }) => key);
  return expressions.flatMap(({ key = '', values = [] }, index) => {
    const at = `${field}[${index}]`;
    return [
      ...(values.length === 0 ? [required(`${at}.values`)] : []),
      ...values.flatMap((value, i) => (values.indexOf(value) < i ? [duplicate(`${at}.values[${i}]`, value)] : [])),
      ...problemsOf(`${at}.key`, key, qualifiedNameProblems(key)),
      ...(keys.indexOf(key) < index ? [duplicate(`${at}.key`, key)] : []),
    ];
  });
}

/** Neither the order of keys nor that of values means anything. */
function meaningOf({ matchLabelExpressions: expressions = [] }: Draft<TopologySelectorTerm>): object {
  return Object.fromEntries(expressions.map(({ key = '', values = [] }) => [key, [...new Set(values)].sort()]));
}
