import { equalJson } from '@flotilla/api';
import { type AffinityTerm, type NamespaceLabels, termMatches } from '../../cache/affinity-term.js';
import type { NodeInfo } from '../../cache/node-info.js';
import { type PodInfo, podInfo } from '../../cache/pod-info.js';
import { stateKey } from '../../framework/cycle-state.js';
import type { Plugin, Rejection } from '../../framework/plugin.js';
import { nodeScoreMax } from '../../limits.js';
import { TopologyCounts } from './topology-counts.js';

interface Filtering {
  /** Pods of the cluster that the incoming pod wants to be near: those that match all of its terms. */
  readonly affinity: TopologyCounts;
  readonly antiAffinity: TopologyCounts;
  /** Where pods are that do not want the incoming one near. */
  readonly existingAntiAffinity: TopologyCounts;
}

const filtering = stateKey<Filtering>('InterPodAffinity/filter');
const scoring = stateKey<TopologyCounts>('InterPodAffinity/score');

/** A required affinity of an existing pod towards the incoming one counts a little, as a preference of its own. */
const hardPodAffinityWeight = 1;

const affinityRejection: Rejection = { reasons: ["node(s) didn't match pod affinity rules"], unresolvable: true };
const antiAffinityRejection: Rejection = { reasons: ["node(s) didn't match pod anti-affinity rules"] };
const existingRejection: Rejection = { reasons: ["node(s) didn't satisfy existing pods anti-affinity rules"] };

/** Pods near, or far from, other pods: on the same node, in the same zone, wherever a topology key draws the line. */
export function interPodAffinity(namespaceLabels: NamespaceLabels): Plugin {
  const matches = (term: AffinityTerm, other: PodInfo) => termMatches(term, other.pod, namespaceLabels);
  return {
    name: 'InterPodAffinity',
    wakes(event, pod) {
      switch (event.type) {
        case 'nodeAdded':
          return true;
        case 'nodeUpdated':
          return !equalJson(event.before.metadata.labels ?? {}, event.after.metadata.labels ?? {});
        case 'nodeDeleted':
          return false;
        case 'podAdded': {
          const other = podInfo(event.pod);
          return pod.requiredAffinity.some((term) => matches(term, other));
        }
        case 'podUpdated':
          return !equalJson(event.before.metadata.labels ?? {}, event.after.metadata.labels ?? {});
        case 'podDeleted':
          return isObstacle(podInfo(event.pod), pod, matches);
      }
    },
    preFilter(state, pod, { nodes }) {
      state.write(filtering, countForFilter(pod, nodes, matches));
      return undefined;
    },
    filter(state, pod, node) {
      const counts = state.read(filtering);
      if (counts === undefined) return undefined;
      if (!affinitySatisfied(pod, node, counts.affinity, matches)) return affinityRejection;
      const near = ({ topologyKey }: AffinityTerm) => counts.antiAffinity.at(topologyKey, node) > 0;
      if (pod.requiredAntiAffinity.some(near)) return antiAffinityRejection;
      return counts.existingAntiAffinity.anyAt(node) ? existingRejection : undefined;
    },
    preScore(state, pod, _nodes, { nodes }) {
      const scores = countForScore(pod, nodes, matches);
      state.write(scoring, scores);
      return !scores.isEmpty;
    },
    score: (state, _pod, node) => state.read(scoring)?.sumAt(node) ?? 0,
    normalizeScores(_state, scores) {
      const [min, max] = [Math.min(...scores), Math.max(...scores)];
      for (const [i, score] of scores.entries())
        scores[i] = max === min ? 0 : Math.floor((nodeScoreMax * (score - min)) / (max - min));
    },
  };
}

type Matches = (term: AffinityTerm, pod: PodInfo) => boolean;

/** Whether one of the two keeps the other away. */
function isObstacle(other: PodInfo, pod: PodInfo, matches: Matches): boolean {
  return (
    pod.requiredAntiAffinity.some((term) => matches(term, other)) || other.requiredAntiAffinity.some((term) => matches(term, pod))
  );
}

function countForFilter(pod: PodInfo, nodes: readonly NodeInfo[], matches: Matches): Filtering {
  const counts = {
    affinity: new TopologyCounts(),
    antiAffinity: new TopologyCounts(),
    existingAntiAffinity: new TopologyCounts(),
  };
  const selective = pod.requiredAffinity.length + pod.requiredAntiAffinity.length > 0;
  for (const node of nodes) {
    if (!selective && !node.hasRequiredAntiAffinityPods) continue;
    for (const other of node.pods()) {
      for (const term of other.requiredAntiAffinity)
        if (matches(term, pod)) counts.existingAntiAffinity.add(term.topologyKey, node, 1);
      const { requiredAffinity, requiredAntiAffinity } = pod;
      if (requiredAffinity.length > 0 && requiredAffinity.every((term) => matches(term, other))) {
        for (const { topologyKey } of requiredAffinity) counts.affinity.add(topologyKey, node, 1);
      }
      for (const term of requiredAntiAffinity) if (matches(term, other)) counts.antiAffinity.add(term.topologyKey, node, 1);
    }
  }
  return counts;
}

function affinitySatisfied(pod: PodInfo, node: NodeInfo, counts: TopologyCounts, matches: Matches): boolean {
  const terms = pod.requiredAffinity;
  if (terms.some(({ topologyKey }) => node.labels[topologyKey] === undefined)) return false;
  if (terms.every(({ topologyKey }) => counts.at(topologyKey, node) > 0)) return true;
  // The first of a group that wants to be together has nobody to be near yet.
  return counts.isEmpty && terms.every((term) => matches(term, pod));
}

function countForScore(pod: PodInfo, nodes: readonly NodeInfo[], matches: Matches): TopologyCounts {
  const scores = new TopologyCounts();
  const selective = pod.preferredAffinity.length + pod.preferredAntiAffinity.length > 0;
  for (const node of nodes) {
    if (!selective && !node.hasAffinityPods) continue;
    for (const other of node.pods()) {
      const count = (term: AffinityTerm, subject: PodInfo, weight: number) => {
        if (matches(term, subject)) scores.add(term.topologyKey, node, weight);
      };
      for (const { term, weight } of pod.preferredAffinity) count(term, other, weight);
      for (const { term, weight } of pod.preferredAntiAffinity) count(term, other, -weight);
      for (const term of other.requiredAffinity) count(term, pod, hardPodAffinityWeight);
      for (const { term, weight } of other.preferredAffinity) count(term, pod, weight);
      for (const { term, weight } of other.preferredAntiAffinity) count(term, pod, -weight);
    }
  }
  return scores;
}
