import type { Persisted, Pod, ReplicaSet } from '@flotilla/api';
import { podCondition, podIsReady } from '@flotilla/controller-kit';

/** What must be done for a ReplicaSet to have its replicas. At most one of both is not empty. */
export interface ReplicaPlan {
  readonly create: number;
  readonly delete: readonly Persisted<Pod>[];
}

/** Pods made or deleted in one reconcile; the rest follows in the next. */
const burstReplicas = 500;

/**
 * @param active the ReplicaSet's own pods that count as replicas
 * @param related active pods of all ReplicaSets with the same owner, the ReplicaSet's own included: a node that has many of
 *   them can spare one
 */
export function planReplicas(
  replicaSet: ReplicaSet,
  active: readonly Persisted<Pod>[],
  related: readonly Persisted<Pod>[],
  nowMs: number,
): ReplicaPlan {
  const wanted = replicaSet.spec?.replicas ?? 1;
  const missing = wanted - active.length;
  if (missing >= 0) return { create: Math.min(missing, burstReplicas), delete: [] };
  return { create: 0, delete: rankForDeletion(active, related, nowMs).slice(0, Math.min(-missing, burstReplicas)) };
}

const deletionCostAnnotation = 'controller.kubernetes.io/pod-deletion-cost';
const phaseOrder: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 };

/** The pods whose loss hurts least come first; the criteria and their order are those of Kubernetes. */
export function rankForDeletion(
  pods: readonly Persisted<Pod>[],
  related: readonly Persisted<Pod>[],
  nowMs: number,
): readonly Persisted<Pod>[] {
  const perNode = new Map<string, number>();
  for (const { spec } of related) {
    if (spec.nodeName !== undefined) perNode.set(spec.nodeName, (perNode.get(spec.nodeName) ?? 0) + 1);
  }
  const ranks = new Map(pods.map((pod) => [pod, rankOf(pod, perNode, nowMs)]));
  return [...pods].sort((a, b) => compareRanks(ranks.get(a) ?? [], ranks.get(b) ?? []));
}

/** Each number: the smaller, the sooner to be deleted. */
function rankOf(pod: Persisted<Pod>, perNode: ReadonlyMap<string, number>, nowMs: number): readonly number[] {
  const nodeName = pod.spec.nodeName ?? '';
  const ready = podIsReady(pod);
  return [
    nodeName === '' ? 0 : 1,
    phaseOrder[pod.status?.phase ?? 'Pending'] ?? 1,
    ready ? 1 : 0,
    Number(pod.metadata.annotations?.[deletionCostAnnotation] ?? 0) || 0,
    -(perNode.get(nodeName) ?? 0),
    ready ? ageClass(podCondition(pod, 'Ready')?.lastTransitionTime, nowMs) : 0,
    -Math.max(0, ...(pod.status?.containerStatuses ?? []).map(({ restartCount }) => restartCount)),
    ageClass(pod.metadata.creationTimestamp, nowMs),
  ];
}

/** Ages of the same magnitude count as equal, so that chance decides between them and not a few seconds. */
function ageClass(since: string | undefined, nowMs: number): number {
  const ageSeconds = Math.max(0, nowMs - Date.parse(since ?? '')) / 1_000;
  return Number.isNaN(ageSeconds) ? 0 : Math.floor(Math.log2(ageSeconds + 1));
}

function compareRanks(a: readonly number[], b: readonly number[]): number {
  for (const [i, rank] of a.entries()) {
    const difference = rank - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
