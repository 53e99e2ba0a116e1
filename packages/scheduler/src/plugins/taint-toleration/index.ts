import { nodeOf } from '../../framework/cluster-event.js';
import { normalizeToMax } from '../../framework/normalize.js';
import type { Plugin } from '../../framework/plugin.js';
import { hardEffects, tolerates, untoleratedTaint } from './tolerations.js';

/** Keeps pods off nodes whose taints they do not tolerate, and prefers nodes with fewer `PreferNoSchedule` ones. */
export const taintToleration: Plugin = {
  name: 'TaintToleration',
  wakes(event, { pod }) {
    const node = nodeOf(event);
    return node !== undefined && untoleratedTaint(node.spec?.taints, pod.spec.tolerations, hardEffects) === undefined;
  },
  filter(_state, { pod }, { node }) {
    const taint = untoleratedTaint(node?.spec?.taints, pod.spec.tolerations, hardEffects);
    if (taint === undefined) return undefined;
    return { reasons: [`node(s) had untolerated taint {${taint.key}: ${taint.value ?? ''}}`], unresolvable: true };
  },
  score(_state, { pod }, { node }) {
    const soft = (node?.spec?.taints ?? []).filter(({ effect }) => effect === 'PreferNoSchedule');
    const tolerations = (pod.spec.tolerations ?? []).filter(({ effect }) => !effect || effect === 'PreferNoSchedule');
    return soft.filter((taint) => !tolerations.some((toleration) => tolerates(toleration, taint))).length;
  },
  normalizeScores: (_state, scores) => normalizeToMax(scores, true),
};
