import type { Node, Taint } from '@flotilla/api';

export const notReadyTaint = 'node.kubernetes.io/not-ready';
export const unreachableTaint = 'node.kubernetes.io/unreachable';
export const unschedulableTaint = 'node.kubernetes.io/unschedulable';
export const outOfServiceTaint = 'node.kubernetes.io/out-of-service';

/** Taints that follow from a node's other conditions. */
export const conditionTaints: readonly { readonly condition: string; readonly key: string }[] = [
  { condition: 'MemoryPressure', key: 'node.kubernetes.io/memory-pressure' },
  { condition: 'DiskPressure', key: 'node.kubernetes.io/disk-pressure' },
  { condition: 'PIDPressure', key: 'node.kubernetes.io/pid-pressure' },
  { condition: 'NetworkUnavailable', key: 'node.kubernetes.io/network-unavailable' },
];

export function taintsOf(node: Node): readonly Taint[] {
  return node.spec?.taints ?? [];
}

export function noExecuteTaintsOf(node: Node): readonly Taint[] {
  return taintsOf(node).filter(({ effect }) => effect === 'NoExecute');
}
