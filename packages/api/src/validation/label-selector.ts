import { type FieldError, forbidden, invalid, required } from '../errors/field-error.js';
import type { LabelSelector } from '../generated/types.js';
import type { Draft } from '../objects.js';
import { problemsOf } from './check.js';
import { labelValueProblems, qualifiedNameProblems } from './names.js';
import { validateLabels } from './object-meta.js';

export function validateLabelSelector(selector: Draft<LabelSelector> | undefined, field: string): FieldError[] {
  if (selector === undefined) return [];
  return [
    ...validateLabels(selector.matchLabels, `${field}.matchLabels`),
    ...(selector.matchExpressions ?? []).flatMap(({ key = '', operator = '', values = [] }, index) => {
      const at = `${field}.matchExpressions[${index}]`;
      return [
        ...validateOperator(operator, values, at),
        ...problemsOf(`${at}.key`, key, qualifiedNameProblems(key)),
        ...values.flatMap((value, valueIndex) => problemsOf(`${at}.values[${valueIndex}]`, value, labelValueProblems(value))),
      ];
    }),
  ];
}

function validateOperator(operator: string, values: readonly string[], field: string): FieldError[] {
  switch (operator) {
    case 'In':
    case 'NotIn':
      return values.length > 0 ? [] : [required(`${field}.values`, "must be specified when `operator` is 'In' or 'NotIn'")];
    case 'Exists':
    case 'DoesNotExist':
      if (values.length === 0) return [];
      return [forbidden(`${field}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")];
    default:
      return [invalid(`${field}.operator`, operator, 'not a valid selector operator')];
  }
}
