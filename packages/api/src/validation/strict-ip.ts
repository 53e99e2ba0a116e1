import { type FieldError, invalid } from '../errors/field-error.js';
import { addressNumber, type Cidr, isIpv4, isIpv6, parseCidr, validateCidr } from './ip.js';

/** Addresses of newer kinds are written in one way only, so that the same one is never found under two names. */

/** What is wrong with an address, each as a sentence; empty when nothing is. */
export function strictIpProblems(text: string): string[] {
  const family = isIpv4(text) ? 4 : isIpv6(text) ? 6 : undefined;
  if (family === undefined) return ['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'];
  const address = addressNumber(text);
  if (isMapped(family, address)) return ['must not be an IPv4-mapped IPv6 address'];
  const canonical = addressText(family, address);
  return text === canonical ? [] : [`must be in canonical form (${JSON.stringify(canonical)})`];
}

export function validateStrictCidr(field: string, text: string): FieldError[] {
  const cidr = parseCidr(text);
  if (cidr === undefined) return validateCidr(field, text);
  const { family, address, prefix } = cidr;
  if (isMapped(family, address)) return [invalid(field, text, 'must not have an IPv4-mapped IPv6 address')];
  const hostBits = BigInt((family === 4 ? 32 : 128) - prefix);
  if ((address >> hostBits) << hostBits !== address) {
    return [invalid(field, text, 'must not have bits set beyond the prefix length')];
  }
  const canonical = `${addressText(family, address)}/${prefix}`;
  return text === canonical ? [] : [invalid(field, text, `must be in canonical form (${JSON.stringify(canonical)})`)];
}

function isMapped(family: Cidr['family'], address: bigint): boolean {
  return family === 6 && address >> 32n === 0xffffn;
}

/** As RFC 5952 has it: small letters, no leading zeros, and `::` for the first of the longest runs of zero groups. */
function addressText(family: Cidr['family'], address: bigint): string {
  const parts = (count: number, bits: bigint, radix: number) =>
    Array.from({ length: count }, (_, i) => ((address >> (bits * BigInt(count - 1 - i))) & ((1n << bits) - 1n)).toString(radix));
  if (family === 4) return parts(4, 8n, 10).join('.');
  const text = parts(8, 16n, 16).join(':');
  const runs = [...text.matchAll(/(?<![^:])0(?::0)+(?![^:])/g)];
  const longest = runs.reduce<RegExpExecArray | undefined>((best, run) => {
    return best !== undefined && best[0].length >= run[0].length ? best : run;
  }, undefined);
  if (longest === undefined) return text;
  const [head, tail] = [text.slice(0, longest.index), text.slice(longest.index + longest[0].length)];
  return `${head.replace(/:$/, '')}::${tail.replace(/^:/, '')}`;
}
