import { type FieldError, invalid } from '../errors/field-error.js';
import { addressText } from './address-text.js';
import { bitsOf, isStandardAddress, parseAddress, parseCidr, validateCidr } from './ip.js';

/** Addresses of newer kinds are written in one way only, so that the same one is never found under two names. */

/** What is wrong with an address, each as a sentence; empty when nothing is. */
export function strictIpProblems(text: string): string[] {
  const address = parseAddress(text);
  if (address === undefined) return ['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'];
  if (address.family === 4 && text.includes(':')) return ['must not be an IPv4-mapped IPv6 address'];
  if (!isStandardAddress(text)) return ['must not have leading 0s'];
  const canonical = addressText(address);
  return text === canonical ? [] : [`must be in canonical form (${JSON.stringify(canonical)})`];
}

export function validateStrictCidr(field: string, text: string): FieldError[] {
  const cidr = parseCidr(text);
  if (cidr === undefined) return validateCidr(field, text);
  const { family, value, prefix } = cidr;
  const [address = '', length = ''] = text.split('/');
  if (family === 4 && address.includes(':')) return [invalid(field, text, 'must not have an IPv4-mapped IPv6 address')];
  if (!isStandardAddress(address) || length !== String(prefix)) {
    return [invalid(field, text, 'must not have leading 0s in IP or prefix length')];
  }
  const hostBits = BigInt(bitsOf(cidr) - prefix);
  if ((value >> hostBits) << hostBits !== value) {
    return [invalid(field, text, 'must not have bits set beyond the prefix length')];
  }
  const canonical = `${addressText(cidr)}/${prefix}`;
  return text === canonical ? [] : [invalid(field, text, `must be in canonical form (${JSON.stringify(canonical)})`)];
}
