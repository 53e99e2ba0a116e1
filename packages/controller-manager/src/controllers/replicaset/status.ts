import type { Persisted, Pod, ReplicaSet, ReplicaSetCondition, ReplicaSetStatus } from '@flotilla/api';
import { msUntilAvailable, podIsReady, timestamp, withCondition } from '@flotilla/controller-kit';

/** What kept the last reconcile from making or deleting pods. */
export interface ReplicaFailure {
  readonly reason: 'FailedCreate' | 'FailedDelete';
  readonly message: string;
}

export interface ObservedReplicas {
  readonly status: ReplicaSetStatus;
  /** When the next ready pod becomes available, if one has to wait for its minReadySeconds. */
  readonly nextAvailableMs: number | undefined;
}

export function observeReplicas(
  replicaSet: Persisted<ReplicaSet>,
  active: readonly Persisted<Pod>[],
  failure: ReplicaFailure | undefined,
  nowMs: number,
): ObservedReplicas {
  const minReadySeconds = replicaSet.spec?.minReadySeconds ?? 0;
  const waits = active.map((pod) => msUntilAvailable(pod, minReadySeconds, nowMs)).filter((wait) => wait !== undefined);
  const pending = waits.filter((wait) => wait > 0);
  const status: ReplicaSetStatus = {
    replicas: active.length,
    fullyLabeledReplicas: active.filter((pod) => hasLabels(pod, replicaSet.spec?.template?.metadata?.labels ?? {})).length,
    readyReplicas: active.filter(podIsReady).length,
    availableReplicas: waits.length - pending.length,
    observedGeneration: replicaSet.metadata.generation ?? 0,
    ...conditionsOf(replicaSet, failure, nowMs),
  };
  return { status, nextAvailableMs: pending.length === 0 ? undefined : Math.min(...pending) };
}

function conditionsOf(
  replicaSet: ReplicaSet,
  failure: ReplicaFailure | undefined,
  nowMs: number,
): { conditions?: readonly ReplicaSetCondition[] } {
  const old = replicaSet.status?.conditions ?? [];
  if (failure === undefined) {
    const others = old.filter(({ type }) => type !== 'ReplicaFailure');
    return others.length === 0 ? {} : { conditions: others };
  }
  const condition = { type: 'ReplicaFailure', status: 'True', ...failure };
  return { conditions: withCondition<ReplicaSetCondition>(old, condition, timestamp(nowMs)) };
}

function hasLabels(pod: Pod, wanted: Readonly<Record<string, string>>): boolean {
  const labels = pod.metadata.labels ?? {};
  return Object.entries(wanted).every(([name, value]) => labels[name] === value);
}

/** The server leaves out counts that are zero, so zero and absent are the same. */
export function sameStatus(a: ReplicaSetStatus | undefined, b: ReplicaSetStatus): boolean {
  return (
    a !== undefined &&
    (a.replicas ?? 0) === b.replicas &&
    (a.fullyLabeledReplicas ?? 0) === b.fullyLabeledReplicas &&
    (a.readyReplicas ?? 0) === b.readyReplicas &&
    (a.availableReplicas ?? 0) === b.availableReplicas &&
    (a.observedGeneration ?? 0) === b.observedGeneration &&
    JSON.stringify(a.conditions ?? []) === JSON.stringify(b.conditions ?? [])
  );
}
