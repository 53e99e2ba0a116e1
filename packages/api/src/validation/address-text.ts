import type { Address } from './ip.js';

/**
 * The one text of an address: dotted decimal, or what RFC 5952 says of IPv6, where the longest run of zeros, the first of
 * several, is left out when there are two at least.
 */
export function addressText({ family, value }: Address): string {
  if (family === 4) return partsOf(value, 4, 8n).join('.');
  const groups = partsOf(value, 8, 16n);
  let [start, length] = [0, 0];
  for (let from = 0; from < groups.length; from++) {
    const end = groups.findIndex((group, index) => index >= from && group !== 0);
    const run = (end < 0 ? groups.length : end) - from;
    if (run > length) [start, length] = [from, run];
  }
  const text = (part: readonly number[]) => part.map((group) => group.toString(16)).join(':');
  return length < 2 ? text(groups) : `${text(groups.slice(0, start))}::${text(groups.slice(start + length))}`;
}

/** The number in so many parts of so many bits. */
function partsOf(value: bigint, count: number, bits: bigint): number[] {
  return Array.from({ length: count }, (_, index) => Number((value >> (BigInt(count - 1 - index) * bits)) & ((1n << bits) - 1n)));
}
