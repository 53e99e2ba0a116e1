import { equalJson, type Pod } from '@flotilla/api';
import { stateKey } from '../../framework/cycle-state.js';
import type { Plugin } from '../../framework/plugin.js';
import type { DefaultSelector } from './constraints.js';
import { countHardSpread, type HardSpread, rejectHardSpread } from './hard-spread.js';
import { countSoftSpread, normalizeSoftSpread, type SoftSpread, scoreSoftSpread } from './soft-spread.js';

export type { DefaultSelector } from './constraints.js';

const hard = stateKey<HardSpread>('PodTopologySpread/filter');
const soft = stateKey<SoftSpread>('PodTopologySpread/score');

/** Whether an update may change for which constraints a pod counts; statuses do not. */
function countsOtherwise(before: Pod, after: Pod): boolean {
  if (before.metadata.deletionTimestamp !== after.metadata.deletionTimestamp) return true;
  return !equalJson(before.metadata.labels ?? {}, after.metadata.labels ?? {});
}

/**
 * Spreads the pods that a selector means over zones, hosts or other domains. `DoNotSchedule` constraints reject nodes,
 * `ScheduleAnyway` ones score them; pods with siblings and no constraints are spread by the system's defaults.
 */
export function podTopologySpread(defaultSelector: DefaultSelector): Plugin {
  return {
    name: 'PodTopologySpread',
    wakes(event, { pod }) {
      switch (event.type) {
        case 'podAdded':
        case 'podDeleted':
          return event.pod.metadata.namespace === pod.metadata.namespace;
        case 'podUpdated':
          return event.after.metadata.namespace === pod.metadata.namespace && countsOtherwise(event.before, event.after);
        case 'nodeUpdated':
          return (
            !equalJson(event.before.metadata.labels ?? {}, event.after.metadata.labels ?? {}) ||
            !equalJson(event.before.spec ?? {}, event.after.spec ?? {})
          );
        default:
          return true; // every node may be a domain, or have been one
      }
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
