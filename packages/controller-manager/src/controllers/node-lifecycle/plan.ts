import type { Node, NodeCondition, Taint } from '@flotilla/api';
import { timestamp } from '@flotilla/controller-kit';
import { conditionTaints, notReadyTaint, taintsOf, unreachableTaint, unschedulableTaint } from '../../shared/taints.js';

const reported = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'] as const;

export function readyStatusOf(node: Node): string {
  return conditionOf(node, 'Ready')?.status ?? 'Unknown';
}

function conditionOf(node: Node, type: string): NodeCondition | undefined {
  return node.status?.conditions?.find((condition) => condition.type === type);
}

/**
 * What the conditions of a node become whose kubelet went silent: nobody knows them any more.
 * @returns undefined when they say so already
 */
export function silentConditions(node: Node, nowMs: number): readonly NodeCondition[] | undefined {
  if (reported.every((type) => conditionOf(node, type)?.status === 'Unknown')) return undefined;
  const now = timestamp(nowMs);
  const unknown = reported.map((type): NodeCondition => {
    const old = conditionOf(node, type);
    if (old?.status === 'Unknown') return old;
    return {
      ...old,
      type,
      status: 'Unknown',
      reason: old === undefined ? 'NodeStatusNeverUpdated' : 'NodeStatusUnknown',
      message: old === undefined ? 'Kubelet never posted node status.' : 'Kubelet stopped posting node status.',
      lastHeartbeatTime: old?.lastHeartbeatTime ?? now,
      lastTransitionTime: now,
    };
  });
  const others = (node.status?.conditions ?? []).filter(({ type }) => !reported.some((one) => one === type));
  return [...others, ...unknown];
}

/**
 * The taints that follow from what the node says of itself; all others are kept.
 * @param evict whether pods may be driven off: not when every node is silent, since then the fault is likely ours
 * @returns undefined when the node has just these
 */
export function planTaints(node: Node, evict: boolean, nowMs: number): readonly Taint[] | undefined {
  const wanted = wantedTaints(node, evict);
  const old = taintsOf(node);
  const isWanted = (taint: Taint) => wanted.some((one) => sameTaint(one, taint));
  const kept = old.filter((taint) => !isOurs(taint) || isWanted(taint));
  const missing = wanted.filter((taint) => !old.some((one) => sameTaint(one, taint)));
  if (kept.length === old.length && missing.length === 0) return undefined;
  return [...kept, ...missing.map((taint) => ({ ...taint, timeAdded: timestamp(nowMs) }))];
}

function wantedTaints(node: Node, evict: boolean): readonly Taint[] {
  const taints: Taint[] = [];
  const ready = conditionOf(node, 'Ready')?.status;
  if (ready === undefined) {
    // It has only just registered: nothing may come yet, and nothing is there that would have to leave.
    taints.push({ key: notReadyTaint, effect: 'NoSchedule' });
  } else if (ready !== 'True') {
    const key = ready === 'Unknown' ? unreachableTaint : notReadyTaint;
    taints.push({ key, effect: 'NoSchedule' });
    if (evict) taints.push({ key, effect: 'NoExecute' });
  }
  for (const { condition, key } of conditionTaints) {
    if (conditionOf(node, condition)?.status === 'True') taints.push({ key, effect: 'NoSchedule' });
  }
  if (node.spec?.unschedulable === true) taints.push({ key: unschedulableTaint, effect: 'NoSchedule' });
  return taints;
}

/** Whether this controller gives and takes such a taint. */
function isOurs({ key, effect }: Taint): boolean {
  if (key === notReadyTaint || key === unreachableTaint) return effect === 'NoSchedule' || effect === 'NoExecute';
  return effect === 'NoSchedule' && (key === unschedulableTaint || conditionTaints.some((one) => one.key === key));
}

function sameTaint(a: Taint, b: Taint): boolean {
  return a.key === b.key && a.effect === b.effect;
}
