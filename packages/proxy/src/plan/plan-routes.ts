import type { Node } from '@flotilla/api';
import { ipFamily } from './ip-address.js';

/** Packets for `destination`, another node's pods, go to `via`, that node. */
export interface PodRoute {
  readonly destination: string;
  readonly via: string;
}

/** Routes to the pods of every other node that has a pod CIDR and an internal address of the same family. Sorted. */
export function planRoutes(nodes: readonly Node[], nodeName: string): readonly PodRoute[] {
  const routes = new Map<string, PodRoute>();
  for (const node of [...nodes].sort((a, b) => ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1))) {
    if (node.metadata.name === nodeName || node.metadata.deletionTimestamp !== undefined) continue;
    for (const destination of podCidrs(node)) {
      const family = ipFamily(destination.split('/')[0] ?? '');
      const via = internalIps(node).find((address) => ipFamily(address) === family);
      if (family !== undefined && via !== undefined && !routes.has(destination)) routes.set(destination, { destination, via });
    }
  }
  return [...routes.values()];
}

export function internalIps(node: Node): readonly string[] {
  return (node.status?.addresses ?? []).filter(({ type }) => type === 'InternalIP').map(({ address }) => address);
}

function podCidrs(node: Node): readonly string[] {
  const { podCIDRs, podCIDR } = node.spec ?? {};
  if (podCIDRs !== undefined && podCIDRs.length > 0) return podCIDRs;
  return podCIDR === undefined || podCIDR === '' ? [] : [podCIDR];
}
