import { duplicate, type FieldError, required } from '../../errors/field-error.js';
import { isEmpty } from '../../validation/check.js';
import { repeated } from '../../validation/repeated.js';

/** Conditions of which each type has one. */
export function validateConditions(
  conditions: readonly { readonly type?: string | undefined }[] | undefined,
  field: string,
): FieldError[] {
  const types = (conditions ?? []).map(({ type }) => type);
  const repeats = repeated(types);
  return types.flatMap((type, index) => [
    ...(repeats.has(index) ? [duplicate(`${field}[${index}].type`, type ?? '')] : []),
    ...(isEmpty(type) ? [required(`${field}[${index}].type`, 'must not be empty')] : []),
  ]);
}
