import { isIPv4, isIPv6 } from 'node:net';

export type IpFamily = 'IPv4' | 'IPv6';

export function ipFamily(address: string): IpFamily | undefined {
  if (isIPv4(address)) return 'IPv4';
  return isIPv6(address) ? 'IPv6' : undefined;
}

/** `10.96.0.0/16`, its bounds as numbers. */
export interface Ipv4Range {
  readonly text: string;
  readonly first: number;
  readonly size: number;
}

/** @returns undefined when the text is no IPv4 CIDR */
export function parseIpv4Range(text: string): Ipv4Range | undefined {
  const [address = '', bits = '', ...rest] = text.split('/');
  if (!isIPv4(address) || !/^\d{1,2}$/.test(bits) || Number(bits) > 32 || rest.length > 0) return undefined;
  const size = 2 ** (32 - Number(bits));
  return { text, first: Math.floor(ipv4Number(address) / size) * size, size };
}

export function inRange(range: Ipv4Range, address: string): boolean {
  if (!isIPv4(address)) return false;
  const offset = ipv4Number(address) - range.first;
  return offset >= 0 && offset < range.size;
}

/** The range's network address, which the API server never gives to a Service. */
export function firstAddress(range: Ipv4Range): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(range.first / 2 ** shift) % 256).join('.');
}

/** All of 127.0.0.0/8 is local to every Linux host, without root. */
export function isLoopback(address: string): boolean {
  return isIPv4(address) ? address.startsWith('127.') : address === '::1';
}

function ipv4Number(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}
