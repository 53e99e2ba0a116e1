import { assert } from '@flotilla/base';
import { RuntimeError } from '../runtime.js';

/** `127.10.1.0/24` → first and last address as numbers. @throws RangeError when it is no IPv4 range */
export function parseCidr(cidr: string): { first: number; last: number } {
  const [address = '', length = ''] = cidr.split('/');
  const prefix = Number(length);
  const base = parseIpv4(address);
  if (base === undefined || length === '' || !Number.isInteger(prefix) || prefix < 0 || prefix > 32)
    throw new RangeError(`invalid CIDR address: ${cidr}`);
  const size = 2 ** (32 - prefix);
  const first = Math.floor(base / size) * size;
  return { first, last: first + size - 1 };
}

/**
 * The next free pod address. Goes round the range rather than taking the lowest, so that a released address rests before
 * somebody else gets it and proxies have time to forget it. The first two addresses (network, node) and the last (broadcast) are never given out.
 * @param last the address given out most recently, if any
 * @throws RuntimeError when the range is used up
 */
export function nextAddress(cidr: string, used: ReadonlySet<string>, last: string | undefined): string {
  const range = parseCidr(cidr);
  const from = range.first + 2;
  const count = range.last - from;
  assert(count > 0, `pod range ${cidr} has room for at least one pod`);
  const lastNumber = last === undefined ? undefined : parseIpv4(last);
  const start = lastNumber === undefined || lastNumber < from || lastNumber >= range.last ? 0 : lastNumber + 1 - from;
  for (let i = 0; i < count; i++) {
    const address = formatIpv4(from + ((start + i) % count));
    if (!used.has(address)) return address;
  }
  throw new RuntimeError(`no address left in the pod range ${cidr}`);
}

function parseIpv4(text: string): number | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || parts.some((part) => !/^\d{1,3}$/.test(part) || Number(part) > 255)) return undefined;
  return parts.reduce((sum, part) => sum * 256 + Number(part), 0);
}

function formatIpv4(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
}
