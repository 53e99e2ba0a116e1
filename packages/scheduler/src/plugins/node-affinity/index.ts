import { nodeOf } from '../../framework/cluster-event.js';
import { normalizeToMax } from '../../framework/normalize.js';
import type { Plugin } from '../../framework/plugin.js';
import { matchesRequiredNodes, matchesTerm, namedNodes } from './node-selector.js';

const rejection = { reasons: ["node(s) didn't match Pod's node affinity/selector"], unresolvable: true };

/** `nodeSelector` and node affinity: required terms choose nodes, preferred ones score them. */
export const nodeAffinity: Plugin = {
  name: 'NodeAffinity',
  wakes(event, { pod }) {
    const node = nodeOf(event);
    return node !== undefined && matchesRequiredNodes(pod, node);
  },
  /** A pod that names its nodes (a DaemonSet's) need not be tried on all others. */
  preFilter(_state, { pod }) {
    const nodeNames = namedNodes(pod);
    if (nodeNames === undefined) return undefined;
    return nodeNames.size === 0 ? { rejection } : { nodeNames };
  },
  filter: (_state, { pod }, { node }) => (node !== undefined && matchesRequiredNodes(pod, node) ? undefined : rejection),
  preScore: (_state, { pod }) => preferredTerms(pod).length > 0,
  score(_state, { pod }, { node }) {
    if (node === undefined) return 0;
    return preferredTerms(pod).reduce((sum, { preference, weight }) => sum + (matchesTerm(preference, node) ? weight : 0), 0);
  },
  normalizeScores: (_state, scores) => normalizeToMax(scores, false),
};

function preferredTerms({ spec }: Parameters<typeof matchesRequiredNodes>[0]) {
  return spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
}
