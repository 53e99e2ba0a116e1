import type { Node, Pod } from '@flotilla/api';
import { nodeOf } from '../../framework/cluster-event.js';
import type { Plugin } from '../../framework/plugin.js';
import { tolerates } from '../taint-toleration/tolerations.js';

const rejection = { reasons: ['node(s) were unschedulable'], unresolvable: true };
const taint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };

/** Keeps pods off cordoned nodes. */
export const nodeUnschedulable: Plugin = {
  name: 'NodeUnschedulable',
  wakes(event, { pod }) {
    const node = nodeOf(event);
    return node !== undefined && isOpen(node, pod);
  },
  filter: (_state, { pod }, { node }) => (node !== undefined && isOpen(node, pod) ? undefined : rejection),
};

function isOpen(node: Node, pod: Pod): boolean {
  return node.spec?.unschedulable !== true || (pod.spec.tolerations ?? []).some((toleration) => tolerates(toleration, taint));
}
