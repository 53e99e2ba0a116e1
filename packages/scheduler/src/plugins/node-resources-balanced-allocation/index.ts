import type { Plugin } from '../../framework/plugin.js';
import { nodeScoreMax } from '../../limits.js';

const balanced = ['cpu', 'memory'];

/** Prefers nodes whose CPU and memory would be used to similar degrees, so that neither is stranded. */
export const nodeResourcesBalancedAllocation: Plugin = {
  name: 'NodeResourcesBalancedAllocation',
  /** A pod that asks for nothing changes no balance. */
  preScore: (_state, pod) => balanced.some((name) => (pod.requests.get(name) ?? 0) > 0),
  score(_state, pod, node) {
    const fractions = balanced.flatMap((name) => {
      const allocatable = node.allocatable.get(name) ?? 0;
      if (allocatable === 0) return [];
      return [Math.min(1, ((node.requested.get(name) ?? 0) + (pod.requests.get(name) ?? 0)) / allocatable)];
    });
    const mean = fractions.reduce((sum, fraction) => sum + fraction, 0) / Math.max(1, fractions.length);
    const variance = fractions.reduce((sum, fraction) => sum + (fraction - mean) ** 2, 0) / Math.max(1, fractions.length);
    return Math.floor((1 - Math.sqrt(variance)) * nodeScoreMax);
  },
};
