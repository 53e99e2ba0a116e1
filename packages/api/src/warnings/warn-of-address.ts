import { addressText } from '../validation/address-text.js';
import { bitsOf, isStandardAddress, parseAddress, parseCidr } from '../validation/ip.js';

const why = 'will be considered invalid in a future Kubernetes release';

/** Of addresses that can be written in more ways than one. Whatever is no address has been refused. */
export function warnOfAddress(text: string, at: string): string[] {
  const address = parseAddress(text);
  if (address === undefined) return [];
  const [shown, canonical] = [JSON.stringify(text), addressText(address)];
  if (canonical === text) return [];
  const wanted = JSON.stringify(canonical);
  if (!isStandardAddress(text)) return [`${at}: non-standard IP address ${shown} ${why}: use ${wanted}`];
  return [`${at}: IPv6 address ${shown} should be in RFC 5952 canonical format (${wanted})`];
}

/** Of ranges that can be written in more ways than one, or that may have been meant as one address. */
export function warnOfCidr(text: string, at: string): string[] {
  const range = parseCidr(text);
  if (range === undefined) return [];
  const { family, value, prefix } = range;
  const [bits, rest] = [bitsOf(range), BigInt(bitsOf(range) - prefix)];
  const first = { family, value: (value >> rest) << rest };
  const [shown, net] = [JSON.stringify(text), JSON.stringify(`${addressText(first)}/${prefix}`)];
  const [address = '', length = ''] = text.split('/');
  const warnings: string[] = [];
  if (first.value !== value) {
    const single = JSON.stringify(`${addressText(range)}/${bits}`);
    warnings.push(`${at}: CIDR value ${shown} is ambiguous in this context (should be ${net} or ${single}?)`);
  }
  if (!isStandardAddress(address) || length !== String(Number(length))) {
    warnings.push(`${at}: non-standard CIDR value ${shown} ${why}: use ${net}`);
  }
  if (warnings.length > 0 || net === shown) return warnings;
  return [`${at}: IPv6 CIDR value ${shown} should be in RFC 5952 canonical format (${net})`];
}
