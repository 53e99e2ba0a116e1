import { isIpv4, isIpv6 } from '@flotilla/api';
import { traversalCost } from '../cost.js';
import { type CostFunction, type Overload, overload, qualifiedOverload } from '../overload.js';
import { CelError, CelOpaque, sizeOf } from '../values.js';
import { libraryTypes } from './opaque-types.js';

/** An address as a number of 32 or 128 bits. */
interface Address {
  readonly bits: 32 | 128;
  readonly value: bigint;
}

class CelIp extends CelOpaque {
  readonly type = libraryTypes.ip;
  readonly address: Address;

  constructor(address: Address) {
    super();
    this.address = address;
  }

  override get size(): number {
    return this.address.bits / 8;
  }

  equals(other: CelOpaque): boolean {
    return other instanceof CelIp && other.address.bits === this.address.bits && other.address.value === this.address.value;
  }
}

class CelCidr extends CelOpaque {
  readonly type = libraryTypes.cidr;
  readonly address: Address;
  readonly prefixLength: number;

  constructor(address: Address, prefixLength: number) {
    super();
    this.address = address;
    this.prefixLength = prefixLength;
  }

  override get size(): number {
    return this.address.bits / 8;
  }

  equals(other: CelOpaque): boolean {
    return other instanceof CelCidr && cidrText(other) === cidrText(this);
  }
}

const parsing: CostFunction = ([text = null]) => traversalCost(sizeOf(text));
const parsingTwice: CostFunction = ([text = null]) => traversalCost(2 * sizeOf(text));
const containing: CostFunction = ([range = null, other = null]) =>
  traversalCost(2 * sizeOf(range)) + (typeof other === 'string' ? traversalCost(other.length) : 0);
const containingRange: CostFunction = (args, result) =>
  (containing(args, result) ?? 0) + traversalCost(sizeOf(args[0] ?? null)) + 1;

/** `ip('10.0.0.1')`, `cidr('10.0.0.0/8').containsIP('10.0.0.1')` and what else they can say. */
export const addresses: readonly Overload[] = [
  overload('ip(string): net.IP', (text: string) => new CelIp(parseIp(text)), parsing),
  overload('isIP(string): bool', (text: string) => parses(parseIp, text), parsing),
  qualifiedOverload('ip', 'isCanonical(string): bool', (text: string) => addressText(parseIp(text)) === text, parsingTwice),
  overload('net.IP.family(): int', ({ address }: CelIp) => (address.bits === 32 ? 4n : 6n)),
  overload('net.IP.isUnspecified(): bool', ({ address }: CelIp) => address.value === 0n),
  overload('net.IP.isLoopback(): bool', ({ address }: CelIp) => within(address, '127.0.0.0/8', '::1/128')),
  overload('net.IP.isLinkLocalMulticast(): bool', ({ address }: CelIp) => within(address, '224.0.0.0/24', 'ff02::/16')),
  overload('net.IP.isLinkLocalUnicast(): bool', ({ address }: CelIp) => within(address, '169.254.0.0/16', 'fe80::/10')),
  overload('net.IP.isGlobalUnicast(): bool', ({ address }: CelIp) => isGlobalUnicast(address)),
  overload('string(net.IP): string', ({ address }: CelIp) => addressText(address)),
  overload('cidr(string): net.CIDR', parseCidr, parsing),
  overload('isCIDR(string): bool', (text: string) => parses(parseCidr, text), parsing),
  overload('net.CIDR.containsIP(string): bool', (range: CelCidr, text: string) => contains(range, parseIp(text)), containing),
  overload('net.CIDR.containsIP(net.IP): bool', (range: CelCidr, { address }: CelIp) => contains(range, address), containing),
  overload(
    'net.CIDR.containsCIDR(string): bool',
    (range: CelCidr, text: string) => containsCidr(range, parseCidr(text)),
    containingRange,
  ),
  overload('net.CIDR.containsCIDR(net.CIDR): bool', containsCidr, containingRange),
  overload('net.CIDR.ip(): net.IP', ({ address }: CelCidr) => new CelIp(address)),
  overload('net.CIDR.prefixLength(): int', ({ prefixLength }: CelCidr) => BigInt(prefixLength)),
  overload(
    'net.CIDR.masked(): net.CIDR',
    ({ address, prefixLength }: CelCidr) => new CelCidr(network(address, prefixLength), prefixLength),
  ),
  overload('string(net.CIDR): string', cidrText),
];

function parses(parse: (text: string) => unknown, text: string): boolean {
  try {
    parse(text);
    return true;
  } catch {
    return false;
  }
}

function parseIp(text: string): Address {
  const [bare = ''] = text.split('%');
  if (bare !== text && isIpv6(bare)) throw new CelError(`IP address ${JSON.stringify(text)} with zone value is not allowed`);
  const address = parseAddress(text);
  if (address === undefined) {
    const cause = `ParseAddr(${JSON.stringify(text)}): unable to parse IP`;
    throw new CelError(`IP Address ${JSON.stringify(text)} parse error during conversion from string: ${cause}`);
  }
  if (isMapped(address)) throw new CelError(`IPv4-mapped IPv6 address ${JSON.stringify(text)} is not allowed`);
  return address;
}

function parseCidr(text: string): CelCidr {
  const slash = text.lastIndexOf('/');
  const address = parseAddress(text.slice(0, Math.max(0, slash)));
  const length = text.slice(slash + 1);
  const context = 'network address parse error during conversion from string: ';
  if (slash < 0 || address === undefined || !/^(0|[1-9]\d{0,2})$/.test(length) || Number(length) > address.bits) {
    const why = slash < 0 ? "no '/'" : address === undefined ? 'unable to parse IP' : 'prefix length out of range';
    throw new CelError(`${context}${context}netip.ParsePrefix(${JSON.stringify(text)}): ${why}`);
  }
  if (isMapped(address)) throw new CelError(`${context}IPv4-mapped IPv6 address ${JSON.stringify(text)} is not allowed`);
  return new CelCidr(address, Number(length));
}

function parseAddress(text: string): Address | undefined {
  if (isIpv4(text)) return { bits: 32, value: text.split('.').reduce((value, part) => value * 256n + BigInt(part), 0n) };
  if (!isIpv6(text)) return undefined;
  const [head = [], tail] = canonicalIpv6(text)
    .split('::')
    .map((half) => (half === '' ? [] : half.split(':')));
  const zeros = tail === undefined ? 0 : 8 - head.length - tail.length;
  const groups = [...head, ...Array<string>(zeros).fill('0'), ...(tail ?? [])];
  return { bits: 128, value: groups.reduce((value, group) => value * 65_536n + BigInt(`0x${group}`), 0n) };
}

/** The URL parser writes addresses as RFC 5952 wants them. */
function canonicalIpv6(text: string): string {
  return new URL(`http://[${text}]`).hostname.slice(1, -1);
}

function addressText({ bits, value }: Address): string {
  if (bits === 32) return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 255n).join('.');
  const groups = Array.from({ length: 8 }, (_, i) => ((value >> BigInt(112 - 16 * i)) & 65_535n).toString(16));
  return canonicalIpv6(groups.join(':'));
}

function cidrText({ address, prefixLength }: CelCidr): string {
  return `${addressText(address)}/${prefixLength}`;
}

function isMapped({ bits, value }: Address): boolean {
  return bits === 128 && value >> 32n === 0xffffn;
}

function network({ bits, value }: Address, prefixLength: number): Address {
  const host = BigInt(bits - prefixLength);
  return { bits, value: (value >> host) << host };
}

function contains(range: CelCidr, address: Address): boolean {
  return (
    range.address.bits === address.bits &&
    network(range.address, range.prefixLength).value === network(address, range.prefixLength).value
  );
}

function containsCidr(range: CelCidr, other: CelCidr): boolean {
  return range.prefixLength <= other.prefixLength && contains(range, other.address);
}

function within(address: Address, v4: string, v6: string): boolean {
  return contains(parseCidr(address.bits === 32 ? v4 : v6), address);
}

function isGlobalUnicast(address: Address): boolean {
  const { bits, value } = address;
  if (value === 0n || (bits === 32 && value === 0xffff_ffffn)) return false;
  return (
    !within(address, '127.0.0.0/8', '::1/128') &&
    !within(address, '224.0.0.0/4', 'ff00::/8') &&
    !within(address, '169.254.0.0/16', 'fe80::/10')
  );
}
