import { type FieldError, invalid, required, tooLong, tooMany } from '../../errors/field-error.js';
import { utf8Length } from '../../values/utf8.js';

const countMax = 512;
const bytesMax = 256 * 1024;

/** What a class tells a driver: any text, but not without end. */
export function validateParameters(
  parameters: Readonly<Record<string, string | undefined>> | undefined,
  field: string,
  mayBeEmpty: boolean,
): FieldError[] {
  if (parameters === undefined) return [];
  const entries = Object.entries(parameters);
  if (entries.length > countMax) return [tooMany(field, entries.length, countMax)];
  const bytes = entries.reduce((sum, [key, value = '']) => sum + utf8Length(key) + utf8Length(value), 0);
  return [
    ...entries.flatMap(([key]) => (key === '' ? [invalid(field, key, 'field can not be empty.')] : [])),
    ...(bytes > bytesMax ? [tooLong(field, bytesMax)] : []),
    ...(!mayBeEmpty && entries.length === 0 ? [required(field, 'must contain at least one key/value pair')] : []),
  ];
}
