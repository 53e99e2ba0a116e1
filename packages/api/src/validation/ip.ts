import { type FieldError, invalid } from '../errors/field-error.js';

/** Dotted decimal: four numbers of 0 to 255 without leading zeros, which some programs would read as octal. */
export function isIpv4(text: string): boolean {
  const parts = text.split('.');
  return parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255);
}

/** Eight groups of hexadecimal digits, `::` for a run of zero groups, the last two possibly as dotted decimal. */
export function isIpv6(text: string): boolean {
  const dotted = text.lastIndexOf(':') < 0 ? -1 : text.indexOf('.');
  const tail = text.slice(text.lastIndexOf(':') + 1);
  if (dotted >= 0 && !isIpv4(tail)) return false;
  const plain = dotted >= 0 ? `${text.slice(0, -tail.length)}0:0` : text;
  const halves = plain.split('::');
  if (halves.length > 2) return false;
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')));
  const fits = halves.length === 2 ? groups.length < 8 : groups.length === 8;
  return fits && groups.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group));
}

export function validateIp(field: string, text: string): FieldError[] {
  if (isIpv4(text) || isIpv6(text)) return [];
  return [invalid(field, text, 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)')];
}
