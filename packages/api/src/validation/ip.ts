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

/** An address as a number; an IPv4 address that is written as an IPv6 one (`::ffff:10.0.0.1`) is an IPv4 address. */
export interface Address {
  readonly family: 4 | 6;
  readonly value: bigint;
}

/** Reads an address as the older fields of Kubernetes take it: numbers may have leading zeros, which mean nothing. */
export function parseAddress(text: string): Address | undefined {
  const plain = withoutLeadingZeros(text);
  if (isIpv4(plain)) return { family: 4, value: addressNumber(plain) };
  if (!isIpv6(plain)) return undefined;
  const value = addressNumber(plain);
  return value >> 32n === 0xffffn ? { family: 4, value: value & 0xffff_ffffn } : { family: 6, value };
}

/** Whether an address is written without leading zeros, and none of IPv4 as one of IPv6. */
export function isStandardAddress(text: string): boolean {
  return isIpv4(text) || (isIpv6(text) && parseAddress(text)?.family === 6);
}

function withoutLeadingZeros(text: string): string {
  return text.replaceAll(/(^|[.:])0+(?=[0-9a-f])/gi, '$1');
}

export function validateIp(field: string, text: string): FieldError[] {
  if (parseAddress(text) !== undefined) return [];
  return [invalid(field, text, 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)')];
}

/** A range of addresses: `10.0.0.0/8`. */
export interface Cidr extends Address {
  readonly prefix: number;
}

/** Reads a range as leniently as `parseAddress`. */
export function parseCidr(text: string): Cidr | undefined {
  const [address = '', prefix = '', ...more] = text.split('/');
  const parsed = parseAddress(address);
  if (parsed === undefined || more.length > 0 || !/^\d+$/.test(prefix)) return undefined;
  const mapped = parsed.family === 4 && address.includes(':') ? 96 : 0;
  const length = Number(prefix) - mapped;
  return length < 0 || length > bitsOf(parsed) ? undefined : { ...parsed, prefix: length };
}

export function bitsOf({ family }: Address): number {
  return family === 4 ? 32 : 128;
}

function addressNumber(text: string): bigint {
  if (isIpv4(text)) return BigInt(text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0));
  const tail = text.slice(text.lastIndexOf(':') + 1);
  const dotted = tail.includes('.') ? addressNumber(tail) : undefined;
  const hex = dotted === undefined ? '' : `${(dotted >> 16n).toString(16)}:${(dotted & 0xffffn).toString(16)}`;
  const [head = '', rest] = (dotted === undefined ? text : `${text.slice(0, -tail.length)}${hex}`).split('::');
  const groups = (half: string) => (half === '' ? [] : half.split(':'));
  const [left, right] = [groups(head), groups(rest ?? '')];
  const zeros = Array<string>(8 - left.length - right.length).fill('0');
  return [...left, ...zeros, ...right].reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n);
}

export function validateCidr(field: string, text: string): FieldError[] {
  if (parseCidr(text) !== undefined) return [];
  return [invalid(field, text, 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)')];
}

/** Whether one range lies within the other and is smaller. */
export function isStrictSubset(inner: string, outer: string): boolean {
  const [small, large] = [parseCidr(inner), parseCidr(outer)];
  return small !== undefined && large !== undefined && small.prefix > large.prefix && contains(large, small);
}

function contains(range: Cidr, address: Address): boolean {
  if (range.family !== address.family) return false;
  const rest = BigInt(bitsOf(range) - range.prefix);
  return range.value >> rest === address.value >> rest;
}

type SpecialRange = readonly [ranges: readonly Cidr[], why: string];

const ranges = (...texts: readonly string[]) => texts.flatMap((text) => parseCidr(text) ?? []);
const loopback: SpecialRange = [ranges('127.0.0.0/8', '::1/128'), 'may not be in the loopback range (127.0.0.0/8, ::1/128)'];
const linkLocal: readonly SpecialRange[] = [
  [ranges('169.254.0.0/16', 'fe80::/10'), 'may not be in the link-local range (169.254.0.0/16, fe80::/10)'],
  [ranges('224.0.0.0/24', 'ff02::/16'), 'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)'],
];

/** Addresses that mean another machine to everybody who uses them lead nowhere. */
export function validateOrdinaryIp(field: string, text: string): FieldError[] {
  return validateOutside(field, text, [loopback, ...linkLocal]);
}

/** The same, but that addresses of the machine itself are let in: a cluster of one machine has no others. */
export function validateEndpointIp(field: string, text: string): FieldError[] {
  return validateOutside(field, text, linkLocal);
}

function validateOutside(field: string, text: string, special: readonly SpecialRange[]): FieldError[] {
  const address = parseAddress(text);
  if (address === undefined) return [invalid(field, text, 'must be a valid IP address')];
  const errors = address.value === 0n ? [invalid(field, text, `may not be unspecified (${text})`)] : [];
  const within = (range: Cidr) => contains(range, address);
  return [...errors, ...special.flatMap(([those, why]) => (those.some(within) ? [invalid(field, text, why)] : []))];
}
