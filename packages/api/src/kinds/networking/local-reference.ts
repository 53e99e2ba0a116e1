import { type FieldError, required } from '../../errors/field-error.js';
import type { TypedLocalObjectReference } from '../../generated/types.js';
import type { Draft } from '../../objects.js';
import { problemsOf } from '../../validation/check.js';
import { dns1123SubdomainProblems, pathSegmentProblems } from '../../validation/names.js';

/** An object of any kind, that a controller makes something of: what stands behind an ingress, or describes a class. */
export function validateLocalReference(
  { apiGroup, kind = '', name = '' }: Draft<TypedLocalObjectReference>,
  at: string,
): FieldError[] {
  const named = (member: string, value: string) =>
    value === '' ? [required(`${at}.${member}`)] : problemsOf(`${at}.${member}`, value, pathSegmentProblems(value));
  return [
    ...(apiGroup === undefined ? [] : problemsOf(`${at}.apiGroup`, apiGroup, dns1123SubdomainProblems(apiGroup))),
    ...named('kind', kind),
    ...named('name', name),
  ];
}
