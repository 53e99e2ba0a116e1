import { duplicate, type FieldError, required, tooMany } from '../../errors/field-error.js';
import type { MatchCondition } from '../../generated/types.js';
import type { Draft } from '../../objects.js';
import { problemsOf } from '../../validation/check.js';
import { qualifiedNameProblems } from '../../validation/names.js';

/** Every one of them runs on every request. */
const conditionsMax = 64;

/** What can be said of conditions without compiling their expressions. */
export function validateMatchConditions(conditions: readonly Draft<MatchCondition>[], field: string): FieldError[] {
  const names = new Set<string>();
  return [
    ...(conditions.length > conditionsMax ? [tooMany(field, conditions.length, conditionsMax)] : []),
    ...conditions.flatMap(({ name = '', expression = '' }, index) => {
      const at = `${field}[${index}]`;
      const errors = expression.trim() === '' ? [required(`${at}.expression`)] : [];
      errors.push(...(name === '' ? [required(`${at}.name`)] : problemsOf(`${at}.name`, name, qualifiedNameProblems(name))));
      if (name !== '' && names.has(name)) errors.push(duplicate(`${at}.name`, name));
      names.add(name);
      return errors;
    }),
  ];
}
