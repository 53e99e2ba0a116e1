import type { Pod, Taint, Toleration } from '@flotilla/api';

/** When a pod must leave its node: a wall clock time in milliseconds; undefined: never. */
export function evictionTimeMs(pod: Pod, noExecute: readonly Taint[], nowMs: number): number | undefined {
  let earliestMs: number | undefined;
  for (const taint of noExecute) {
    const leaveMs = timeFor(taint, pod.spec.tolerations ?? [], nowMs);
    if (leaveMs !== undefined && (earliestMs === undefined || leaveMs < earliestMs)) earliestMs = leaveMs;
  }
  return earliestMs;
}

function timeFor(taint: Taint, tolerations: readonly Toleration[], nowMs: number): number | undefined {
  const matching = tolerations.filter((toleration) => tolerates(toleration, taint));
  if (matching.length === 0) return nowMs;
  const limits = matching.map(({ tolerationSeconds }) => tolerationSeconds).filter((seconds) => seconds !== undefined);
  if (limits.length === 0) return undefined;
  const sinceMs = Date.parse(taint.timeAdded ?? '');
  // Of several tolerations the shortest counts; negative is as good as zero.
  return (Number.isNaN(sinceMs) ? nowMs : sinceMs) + Math.max(0, Math.min(...limits)) * 1_000;
}

/** An empty key with Exists tolerates everything; an empty effect stands for all effects. */
function tolerates({ key = '', operator = 'Equal', value = '', effect = '' }: Toleration, taint: Taint): boolean {
  if (effect !== '' && effect !== taint.effect) return false;
  if (key !== '' && key !== taint.key) return false;
  if (operator === 'Exists') return true;
  return key !== '' && value === (taint.value ?? '');
}
