import { type Condition, equalJson, type Persisted, type Pod, type PodDisruptionBudget, scaledValue } from '@flotilla/api';
import { podIsReady, withCondition } from '@flotilla/controller-kit';

type Budget = Persisted<PodDisruptionBudget>;
type Status = NonNullable<PodDisruptionBudget['status']>;

/** A pod whose eviction was granted must be on its way out by then; Kubernetes' DeletionTimeout. */
const deletionLimitMs = 2 * 60_000;

/** Of how many pods a budget speaks. */
export interface Wanted {
  readonly expectedPods: number;
  readonly desiredHealthy: number;
}

export interface BudgetPlan {
  readonly status: Status;
  /** Pods that were to be evicted long ago and are there still. */
  readonly notDeleted: readonly Persisted<Pod>[];
  /** When the next of `disruptedPods` is given up. */
  readonly recheckAfterMs: number | undefined;
}

/**
 * How many pods there should be, and how many of them healthy.
 * @param scaleOf how many the pods' controllers are to have, together; not asked where a number says all
 * @throws RangeError for a text that is no percentage
 */
export async function wantedBy({ spec }: PodDisruptionBudget, podCount: number, scaleOf: () => Promise<number>): Promise<Wanted> {
  const { maxUnavailable, minAvailable } = spec;
  if (maxUnavailable !== undefined) {
    const expectedPods = await scaleOf();
    return { expectedPods, desiredHealthy: Math.max(0, expectedPods - scaledValue(maxUnavailable, expectedPods, 'up')) };
  }
  if (minAvailable === undefined) return { expectedPods: 0, desiredHealthy: 0 };
  if (typeof minAvailable === 'number') return { expectedPods: podCount, desiredHealthy: minAvailable };
  const expectedPods = await scaleOf();
  return { expectedPods, desiredHealthy: scaledValue(minAvailable, expectedPods, 'up') };
}

/** What the budget's status is to say of these pods: all that it selects. */
export function planBudget(
  budget: Budget,
  pods: readonly Persisted<Pod>[],
  wanted: Wanted,
  nowMs: number,
  now: string,
): BudgetPlan {
  const { disrupted, notDeleted, recheckAfterMs } = disruptedPods(budget, pods, nowMs);
  const healthy = ({ metadata }: Persisted<Pod>) =>
    metadata.deletionTimestamp === undefined && !Object.hasOwn(disrupted, metadata.name);
  const currentHealthy = pods.filter((pod) => healthy(pod) && podIsReady(pod)).length;
  const { expectedPods, desiredHealthy } = wanted;
  const disruptionsAllowed = expectedPods <= 0 ? 0 : Math.max(0, currentHealthy - desiredHealthy);
  const { generation = 0 } = budget.metadata;
  const reason = disruptionsAllowed > 0 ? 'SufficientPods' : 'InsufficientPods';
  const status: Status = {
    currentHealthy,
    desiredHealthy,
    disruptionsAllowed,
    expectedPods,
    ...(Object.keys(disrupted).length > 0 && { disruptedPods: disrupted }),
    observedGeneration: generation,
    conditions: withAllowed(budget, disruptionsAllowed > 0, reason, '', generation, now),
  };
  return { status, notDeleted, recheckAfterMs };
}

/** Nothing is allowed, as long as nobody knows what there is. */
export function failedStatus(budget: Budget, message: string, now: string): Status {
  const { currentHealthy = 0, desiredHealthy = 0, expectedPods = 0, observedGeneration = 0 } = budget.status ?? {};
  return {
    ...budget.status,
    currentHealthy,
    desiredHealthy,
    expectedPods,
    disruptionsAllowed: 0,
    conditions: withAllowed(budget, false, 'SyncFailed', message, observedGeneration, now),
  };
}

export function sameStatus(a: Status, b: Status | undefined): boolean {
  return equalJson(comparable(a), comparable(b));
}

/** The API leaves out what is zero. */
function comparable(status: Status | undefined): object {
  const { currentHealthy = 0, desiredHealthy = 0, disruptionsAllowed = 0, expectedPods = 0 } = status ?? {};
  const { disruptedPods: disrupted = {}, observedGeneration = 0, conditions = [] } = status ?? {};
  const counts = { currentHealthy, desiredHealthy, disruptionsAllowed, expectedPods };
  return {
    ...counts,
    disrupted,
    observedGeneration,
    conditions: conditions.map((one) => ({ ...one, message: one.message ?? '' })),
  };
}

function withAllowed(
  { status }: Budget,
  allowed: boolean,
  reason: string,
  message: string,
  observedGeneration: number,
  now: string,
): readonly Condition[] {
  const conditions: readonly Condition[] = (status?.conditions ?? []).map((one) =>
    one.type === 'DisruptionAllowed' ? { ...one, observedGeneration } : one,
  );
  const condition = { type: 'DisruptionAllowed', status: allowed ? 'True' : 'False', reason, message, observedGeneration };
  return withCondition(conditions, { ...condition, lastTransitionTime: now }, now);
}

/** The evictions that were granted and of which nothing is to be seen yet. */
function disruptedPods({ status }: Budget, pods: readonly Persisted<Pod>[], nowMs: number) {
  const { disruptedPods: granted = {} } = status ?? {};
  const disrupted: Record<string, string> = {};
  const notDeleted: Persisted<Pod>[] = [];
  let recheckAfterMs: number | undefined;
  for (const pod of pods) {
    const { name, deletionTimestamp } = pod.metadata;
    const since = Object.hasOwn(granted, name) ? granted[name] : undefined;
    if (since === undefined || deletionTimestamp !== undefined) continue;
    const leftMs = Date.parse(since) + deletionLimitMs - nowMs;
    if (leftMs < 0) notDeleted.push(pod);
    else {
      disrupted[name] = since;
      recheckAfterMs = Math.min(recheckAfterMs ?? leftMs, leftMs);
    }
  }
  return { disrupted, notDeleted, recheckAfterMs };
}
