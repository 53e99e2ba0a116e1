import type { Node, Persisted, Pod } from '@flotilla/api';
import { Cache } from '../cache/cache.js';
import { podInfo } from '../cache/pod-info.js';
import { CycleState } from '../framework/cycle-state.js';
import type { Plugin } from '../framework/plugin.js';
import { placed } from './objects.js';

/** Nodes by their pods: `[[makeNode('n1'), [makePod('a')]], …]`. */
export type Placement = readonly (readonly [Persisted<Node>, (readonly Persisted<Pod>[])?])[];

function makeCache(placement: Placement): Cache {
  const cache = new Cache();
  for (const [node, pods = []] of placement) {
    cache.setNode(node);
    for (const pod of pods) cache.setPod(placed(pod, node.metadata.name));
  }
  return cache;
}

/** Runs a plugin's preFilter and filter. @returns for each node, `ok` or the reasons; `!` marks what eviction cannot mend */
export function runFilter(plugin: Plugin, pod: Persisted<Pod>, placement: Placement): Record<string, string> {
  const cache = makeCache(placement);
  const state = new CycleState();
  const info = podInfo(pod);
  const before = plugin.preFilter?.(state, info, cache);
  const results: Record<string, string> = {};
  for (const node of cache.nodes) {
    const left = before !== undefined && 'nodeNames' in before && !before.nodeNames.has(node.name);
    const rejection = before !== undefined && 'rejection' in before ? before.rejection : plugin.filter?.(state, info, node);
    if (left) results[node.name] = 'left out';
    else
      results[node.name] =
        rejection === undefined ? 'ok' : `${rejection.unresolvable === true ? '!' : ''}${rejection.reasons.join(', ')}`;
  }
  return results;
}

/** Runs a plugin's score points. @returns undefined when it has nothing to say */
export function runScore(plugin: Plugin, pod: Persisted<Pod>, placement: Placement): Record<string, number> | undefined {
  const cache = makeCache(placement);
  const state = new CycleState();
  const info = podInfo(pod);
  const { nodes } = cache;
  if (plugin.preScore?.(state, info, nodes, cache) === false) return undefined;
  const scores = nodes.map((node) => plugin.score?.(state, info, node, cache) ?? 0);
  plugin.normalizeScores?.(state, scores, nodes);
  return Object.fromEntries(nodes.map(({ name }, i) => [name, scores[i] ?? 0]));
}
