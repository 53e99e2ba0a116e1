import { type FieldError, invalid, tooLong } from '../errors/field-error.js';
import { utf8Length } from '../values/utf8.js';

/** Of the name of a field manager. */
export const fieldManagerBytesMax = 128;
const subresourceBytesMax = 256;
/** What Go's unicode.IsPrint says no to. */
const unprintable = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u;

export function isPrintable(character: string): boolean {
  return !unprintable.test(character);
}

/** What is wrong with the name by which somebody owns fields. */
export function validateFieldManager(manager: string, field: string): FieldError[] {
  // Of what is too long not every character is named: each time the whole would be shown.
  if (utf8Length(manager) > fieldManagerBytesMax) return [tooLong(field, fieldManagerBytesMax)];
  const errors: FieldError[] = [];
  if (isPrintable(manager)) return errors;
  let at = 0;
  for (const character of manager) {
    if (!isPrintable(character)) {
      const point = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
      errors.push(invalid(field, manager, `invalid character U+${point} (at position ${at})`));
    }
    at += utf8Length(character);
  }
  return errors;
}

/** Of managedFields whose form is known to be right. */
export function validateManagedFields(
  entries: readonly { readonly manager?: string | undefined; readonly subresource?: string | undefined }[],
  field: string,
): FieldError[] {
  return entries.flatMap(({ manager = '', subresource = '' }, index) => [
    ...validateFieldManager(manager, `${field}[${index}].manager`),
    ...(utf8Length(subresource) > subresourceBytesMax ? [tooLong(`${field}[${index}].subresource`, subresourceBytesMax)] : []),
  ]);
}
