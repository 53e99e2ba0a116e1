import { type FieldError, required } from '../../errors/field-error.js';
import { problemsOf } from '../../validation/check.js';
import { qualifiedNameProblems } from '../../validation/names.js';

/** Who makes volumes, or changes them: a name with a domain, in letters of either case. */
export function validateProvisioner(name: string | undefined, field: string): FieldError[] {
  if (name === undefined || name === '') return [required(field)];
  return problemsOf(field, name.toLowerCase(), qualifiedNameProblems(name.toLowerCase()));
}
