import { stateKey } from '../../framework/cycle-state.js';
import type { Plugin } from '../../framework/plugin.js';
import type { DefaultSelector } from './constraints.js';
import { countHardSpread, type HardSpread, rejectHardSpread } from './hard-spread.js';
import { countSoftSpread, normalizeSoftSpread, type SoftSpread, scoreSoftSpread } from './soft-spread.js';

export type { DefaultSelector } from './constraints.js';

const hard = stateKey<HardSpread>('PodTopologySpread/filter');
const soft = stateKey<SoftSpread>('PodTopologySpread/score');

/**
 * Spreads the pods that a selector means over zones, hosts or other domains. `DoNotSchedule` constraints reject nodes,
 * `ScheduleAnyway` ones score them; pods with siblings and no constraints are spread by the system's defaults.
 */
export function podTopologySpread(defaultSelector: DefaultSelector): Plugin {
  return {
    name: 'PodTopologySpread',
    wakes(event, { pod }) {
      const namespace =
        'pod' in event ? event.pod.metadata.namespace : 'before' in event ? event.before.metadata.namespace : undefined;
      // Pods count where the labels of a namespace's pods say so; every node may be a domain.
      return event.type.startsWith('node') || namespace === pod.metadata.namespace;
    },
    preFilter(state, { pod }, snapshot) {
      state.write(hard, countHardSpread(pod, snapshot));
      return undefined;
    },
    filter: (state, _pod, node) => rejectHardSpread(state.read(hard) ?? [], node),
    preScore(state, { pod }, nodes, snapshot) {
      const spread = countSoftSpread(pod, nodes, snapshot, defaultSelector);
      if (spread === undefined) return false;
      state.write(soft, spread);
      return true;
    },
    score(state, { pod }, node) {
      const spread = state.read(soft);
      return spread === undefined ? 0 : scoreSoftSpread(spread, pod, node);
    },
    normalizeScores(state, scores, nodes) {
      const spread = state.read(soft);
      if (spread !== undefined) normalizeSoftSpread(spread, scores, nodes);
    },
  };
}
