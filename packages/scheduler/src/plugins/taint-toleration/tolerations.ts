import type { Taint, Toleration } from '@flotilla/api';

/** The first taint with one of these effects that no toleration covers. */
export function untoleratedTaint(
  taints: readonly Taint[] | undefined,
  tolerations: readonly Toleration[] | undefined,
  effects: readonly string[],
): Taint | undefined {
  return taints?.find((taint) => effects.includes(taint.effect) && !(tolerations ?? []).some((each) => tolerates(each, taint)));
}

/** Effects that keep a pod off a node; PreferNoSchedule only makes it less welcome. */
export const hardEffects: readonly string[] = ['NoSchedule', 'NoExecute'];

export function tolerates(toleration: Toleration, taint: Taint): boolean {
  if ((toleration.effect ?? '') !== '' && toleration.effect !== taint.effect) return false;
  if ((toleration.key ?? '') !== '' && toleration.key !== taint.key) return false;
  const operator = toleration.operator || 'Equal';
  // No key with Exists means every taint; with Equal it is not valid and matches none.
  if (operator === 'Exists') return true;
  return operator === 'Equal' && toleration.key === taint.key && (toleration.value ?? '') === (taint.value ?? '');
}
