import type { NodeInfo } from '../../cache/node-info.js';
import type { PodInfo } from '../../cache/pod-info.js';
import { type Snapshot, withNode } from '../../cache/snapshot.js';
import type { Trial } from '../../framework/plugin.js';

/**
 * The fewest and least important pods whose end would let the pod run on the node: all of lower priority are taken off, then put
 * back, most important first, as long as it still fits.
 * @returns undefined when not even all of them would do
 */
export function selectVictims(pod: PodInfo, node: NodeInfo, snapshot: Snapshot, trial: Trial): readonly PodInfo[] | undefined {
  const lower = [...node.pods()].filter((other) => other.priority < pod.priority).sort(byImportance);
  if (lower.length === 0) return undefined;
  const emptied = node.clone();
  for (const { uid } of lower) emptied.removePod(uid);
  const without = withNode(snapshot, emptied);
  if (!trial.fits(pod, emptied, without)) return undefined;
  const victims: PodInfo[] = [];
  for (const other of lower) {
    emptied.addPod(other);
    if (trial.fits(pod, emptied, without)) continue;
    emptied.removePod(other.uid);
    victims.push(other);
  }
  return victims;
}

/** Higher priority first; among equals the one that has run longer. */
function byImportance(a: PodInfo, b: PodInfo): number {
  return b.priority - a.priority || startMs(a) - startMs(b);
}

/** A pod that has not started counts as the youngest. */
export function startMs({ pod }: PodInfo): number {
  const started = Date.parse(pod.status?.startTime ?? '');
  return Number.isNaN(started) ? Number.MAX_SAFE_INTEGER : started;
}
