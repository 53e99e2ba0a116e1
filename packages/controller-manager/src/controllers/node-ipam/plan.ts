import { isIPv4 } from 'node:net';
import type { Node } from '@flotilla/api';

/** An IPv4 network, its address as a number. */
export interface Cidr {
  readonly base: number;
  readonly bits: number;
}

/** `10.244.0.0/16`; host bits are dropped. @throws RangeError */
export function parseCidr(text: string): Cidr {
  const [address = '', length = ''] = text.split('/');
  const bits = Number(length);
  if (!isIPv4(address) || !/^\d+$/.test(length) || bits > 32) throw new RangeError(`"${text}" is not an IPv4 CIDR`);
  return { base: networkOf(addressNumber(address), bits), bits };
}

export function cidrText({ base, bits }: Cidr): string {
  return `${[24, 16, 8, 0].map((shift) => Math.floor(base / 2 ** shift) % 256).join('.')}/${bits}`;
}

function addressNumber(text: string): number {
  return text.split('.').reduce((number, part) => number * 256 + Number(part), 0);
}

function networkOf(address: number, bits: number): number {
  const size = 2 ** (32 - bits);
  return Math.floor(address / size) * size;
}

function overlaps(a: Cidr, b: Cidr): boolean {
  const bits = Math.min(a.bits, b.bits);
  return networkOf(a.base, bits) === networkOf(b.base, bits);
}

export interface CidrRequest {
  readonly node: Node;
  readonly cluster: Cidr;
  readonly maskSize: number;
  /** Of all nodes, and those given out but not seen on their nodes yet. */
  readonly taken: readonly string[];
  /** Addresses of other nodes: where hosts live inside the pod network, a node gets the part that it lives in itself. */
  readonly otherAddresses: readonly string[];
}

/** @returns the pod CIDR for a node that has none, or undefined when there are no more */
export function planPodCidr({ node, cluster, maskSize, taken, otherAddresses }: CidrRequest): string | undefined {
  const used = taken.filter((text) => !text.includes(':')).map(parseCidr);
  const isFree = (candidate: Cidr) => overlaps(candidate, cluster) && !used.some((one) => overlaps(one, candidate));
  const around = (address: string) => ({ base: networkOf(addressNumber(address), maskSize), bits: maskSize });
  const own = addressesOf(node).map(around).find(isFree);
  if (own !== undefined) return cidrText(own);

  const avoided = otherAddresses.map((address) => around(address).base);
  const size = 2 ** (32 - maskSize);
  let fallback: Cidr | undefined;
  for (let base = cluster.base; base < cluster.base + 2 ** (32 - cluster.bits); base += size) {
    const candidate = { base, bits: maskSize };
    if (!isFree(candidate)) continue;
    if (!avoided.includes(base)) return cidrText(candidate);
    fallback ??= candidate;
  }
  return fallback === undefined ? undefined : cidrText(fallback);
}

/** The IPv4 addresses at which a node is reached inside the cluster. */
export function addressesOf({ status }: Node): readonly string[] {
  return (status?.addresses ?? [])
    .filter(({ type, address }) => type === 'InternalIP' && isIPv4(address))
    .map(({ address }) => address);
}

export function podCidrsOf({ spec }: Node): readonly string[] {
  return spec?.podCIDRs ?? (spec?.podCIDR === undefined ? [] : [spec.podCIDR]);
}
