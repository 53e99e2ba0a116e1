import type { Pod, PodCondition } from '@flotilla/api';

type PodState = Pick<Pod, 'metadata' | 'status'>;

/** Its containers have ended for good. */
export function podIsTerminal(pod: PodState): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}

/** Neither ended nor being deleted: it counts as a replica. */
export function podIsActive(pod: PodState): boolean {
  return !podIsTerminal(pod) && pod.metadata.deletionTimestamp === undefined;
}

export function podCondition(pod: PodState, type: string): PodCondition | undefined {
  return pod.status?.conditions?.find((condition) => condition.type === type);
}

export function podIsReady(pod: PodState): boolean {
  return podCondition(pod, 'Ready')?.status === 'True';
}

/** Ready for at least `minReadySeconds`. */
export function podIsAvailable(pod: PodState, minReadySeconds: number, nowMs: number): boolean {
  return podIsReady(pod) && msUntilAvailable(pod, minReadySeconds, nowMs) === 0;
}

/** @returns how long a ready pod must stay so until it is available, 0 when it is, undefined when it is not ready */
export function msUntilAvailable(pod: PodState, minReadySeconds: number, nowMs: number): number | undefined {
  const ready = podCondition(pod, 'Ready');
  if (ready?.status !== 'True') return undefined;
  if (minReadySeconds === 0) return 0;
  const sinceMs = Date.parse(ready.lastTransitionTime ?? '');
  return Number.isNaN(sinceMs) ? minReadySeconds * 1_000 : Math.max(0, sinceMs + minReadySeconds * 1_000 - nowMs);
}
