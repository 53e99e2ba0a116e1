import type { Node } from '@flotilla/api';
import { inRange, ipFamily, isLoopback, parseIpv4Range } from './ip-address.js';
import { internalIps } from './plan-routes.js';

/**
 * The addresses on which this node answers to node ports.
 * Without ranges: its internal addresses, and 127.0.0.1 unless they are themselves loopback addresses (several nodes on one
 * host share 127.0.0.1, so that it belongs to none of them).
 * @param ranges `--nodeport-addresses`: CIDRs, or single addresses, that choose among the host's addresses
 * @param hostAddresses those of the host's network interfaces
 */
export function nodePortAddresses(
  node: Node | undefined,
  ranges: readonly string[],
  hostAddresses: readonly string[],
): readonly string[] {
  const own = node === undefined ? [] : internalIps(node).filter((address) => ipFamily(address) !== undefined);
  if (ranges.length === 0 || (ranges.length === 1 && ranges[0] === 'primary')) {
    const shared = own.length > 0 && !own.some(isLoopback) ? ['127.0.0.1'] : [];
    return [...new Set([...own, ...shared])].sort();
  }
  const chosen = new Set<string>();
  for (const range of ranges) {
    if (ipFamily(range) !== undefined) chosen.add(range);
    const parsed = parseIpv4Range(range);
    if (parsed === undefined) continue;
    for (const address of [...own, ...hostAddresses]) if (inRange(parsed, address)) chosen.add(address);
  }
  return [...chosen].sort();
}
