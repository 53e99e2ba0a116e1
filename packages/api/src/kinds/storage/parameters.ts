import { type FieldError, invalid, required, tooLong } from '../../errors/field-error.js';
import { utf8Length } from '../../values/utf8.js';

const countMax = 512;
export const parametersBytesMax = 256 * 1024;

/** What a class tells a driver: any text, but not without end. */
export function validateParameters(
  parameters: Readonly<Record<string, string | undefined>> | undefined,
  field: string,
  mayBeEmpty: boolean,
): FieldError[] {
  if (parameters === undefined) return [];
  const entries = Object.entries(parameters);
  if (entries.length > countMax) return [tooLong(field, countMax)];
  return [
    ...entries.flatMap(([key]) => (key === '' ? [invalid(field, key, 'field can not be empty.')] : [])),
    ...validateSize(parameters, field),
    ...(!mayBeEmpty && entries.length === 0 ? [required(field, 'must contain at least one key/value pair')] : []),
  ];
}

/** Keys and values together. */
export function validateSize(texts: Readonly<Record<string, string | undefined>> | undefined, field: string): FieldError[] {
  const bytes = Object.entries(texts ?? {}).reduce((sum, [key, value = '']) => sum + utf8Length(key) + utf8Length(value), 0);
  return bytes > parametersBytesMax ? [tooLong(field, parametersBytesMax)] : [];
}
