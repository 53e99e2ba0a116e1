import type { Persisted, Pod } from '@flotilla/api';
import type { PodInfo } from '../../cache/pod-info.js';
import type { Snapshot } from '../../cache/snapshot.js';
import { fitMessage } from '../../framework/fit-error.js';
import type { NodeRejections, Plugin, Trial } from '../../framework/plugin.js';
import { preemptionCandidatesMin, preemptionCandidatesPercent } from '../../limits.js';
import { bestCandidate, type Candidate } from './best-candidate.js';
import { selectVictims } from './victims.js';

/** Ends pods so that a more important one finds room. Must not wait. */
export type Evict = (victims: readonly Persisted<Pod>[], preemptor: Persisted<Pod>, nodeName: string) => void;

/** Makes room for a pod that fits nowhere by ending pods of lower priority, on the node where that hurts least. */
export function defaultPreemption(trial: Trial, evict: Evict): Plugin {
  return {
    name: 'DefaultPreemption',
    postFilter(_state, pod, snapshot, rejections) {
      const obstacle = whyNotEligible(pod, snapshot);
      if (obstacle !== undefined) return { message: `preemption: ${obstacle}.`, ...keptNomination(pod) };
      const { candidates, fruitless } = findCandidates(pod, snapshot, rejections, trial);
      const best = bestCandidate(candidates);
      if (best === undefined) return { message: `preemption: ${fitMessage(snapshot.nodes.length, fruitless)}` };
      const ending = best.victims.filter((victim) => victim.pod.metadata.deletionTimestamp === undefined);
      evict(
        ending.map((victim) => victim.pod),
        pod.pod,
        best.nodeName,
      );
      return { nominatedNodeName: best.nodeName, message: '' };
    },
  };
}

/** @returns why this pod may not end others, or not again yet */
function whyNotEligible({ pod, priority }: PodInfo, snapshot: Snapshot): string | undefined {
  if (pod.spec.preemptionPolicy === 'Never') return 'not eligible due to preemptionPolicy=Never';
  const node = snapshot.get(pod.status?.nominatedNodeName ?? '');
  for (const other of node?.pods() ?? []) {
    if (other.priority < priority && other.pod.metadata.deletionTimestamp !== undefined) {
      return 'not eligible due to a terminating pod on the nominated node';
    }
  }
  return undefined;
}

function keptNomination({ pod }: PodInfo): { nominatedNodeName?: string } {
  const nominatedNodeName = pod.status?.nominatedNodeName ?? '';
  return nominatedNodeName === '' ? {} : { nominatedNodeName };
}

function findCandidates(pod: PodInfo, snapshot: Snapshot, rejections: NodeRejections, trial: Trial) {
  const candidates: Candidate[] = [];
  const fruitless = new Map<string, { reasons: readonly string[]; plugin: string }>();
  const enough = Math.max(preemptionCandidatesMin, Math.floor((snapshot.nodes.length * preemptionCandidatesPercent) / 100));
  const plugin = 'DefaultPreemption';
  for (const node of snapshot.nodes) {
    if (candidates.length >= enough) break;
    if (rejections.get(node.name)?.unresolvable === true) {
      fruitless.set(node.name, { reasons: ['Preemption is not helpful for scheduling'], plugin });
      continue;
    }
    const victims = selectVictims(pod, node, snapshot, trial);
    if (victims === undefined) fruitless.set(node.name, { reasons: ['No preemption victims found for incoming pod'], plugin });
    else candidates.push({ nodeName: node.name, victims });
  }
  return { candidates, fruitless };
}
