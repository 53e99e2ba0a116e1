import {
  type Condition,
  cloneJson,
  type Definition,
  kinds,
  matchesLabelSelector,
  type Pod,
  type PodDisruptionBudget,
  StatusError,
  statusErrors,
  timeText,
} from '@flotilla/api';
import type { Target } from '../../registry/registry.js';
import type { RegistryContext } from '../../registry/registry-context.js';
import { writeLoop } from '../../registry/write-loop.js';

const budgets = kinds.podDisruptionBudgets as unknown as Definition; // declared with its own object type
/** Evictions that the disruption controller has not confirmed yet; more would make the budget's object too big. */
const disruptedPodsMax = 2_000;
const retryAfterSeconds = 10;

/**
 * Takes one disruption out of the budget of the pod, when it has one. The disruption controller gives it back when the
 * pod has been replaced.
 * @throws StatusError TooManyRequests when the budget has none left
 */
export async function spendDisruption(context: RegistryContext, pod: Pod, request: Target, dryRun: boolean): Promise<void> {
  if (needsNoBudget(pod)) return;
  const matching = await budgetsOf(context, pod, request);
  const [budget] = matching;
  if (budget === undefined) return;
  if (matching.length > 1) {
    throw statusErrors.internalError(
      'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
    );
  }
  if (!isReady(pod) && mayGoUnready(budget)) return;
  const target = { namespace: budget.metadata.namespace, name: budget.metadata.name ?? '' };
  const now = timeText(context.clock.wallMs());
  await writeLoop(context, budgets, target, dryRun, async (current) => ({
    write: spent(current as PodDisruptionBudget, pod.metadata.name ?? '', now), // the definition says so
  }));
}

/** A pod that does nothing for anybody is disrupted by nothing. */
function needsNoBudget({ metadata, status }: Pod): boolean {
  return metadata.deletionTimestamp !== undefined || ['Succeeded', 'Failed', 'Pending'].includes(status?.phase ?? '');
}

async function budgetsOf(context: RegistryContext, pod: Pod, { namespace, signal }: Target): Promise<PodDisruptionBudget[]> {
  const { caches, keys } = context;
  const { objects } = await caches.of(budgets).snapshotAt(await caches.revision.read(), signal);
  const found: PodDisruptionBudget[] = [];
  for (const stored of objects.withPrefix(keys.collection(budgets, namespace))) {
    const budget = stored.object as PodDisruptionBudget; // lies under the budgets' prefix
    const { selector } = budget.spec;
    if (selector !== undefined && matchesLabelSelector(selector, pod.metadata.labels ?? {})) found.push(budget);
  }
  return found;
}

function isReady({ status }: Pod): boolean {
  return status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') ?? false;
}

function mayGoUnready({ spec, status }: PodDisruptionBudget): boolean {
  if (spec.unhealthyPodEvictionPolicy === 'AlwaysAllow') return true;
  const { currentHealthy = 0, desiredHealthy = 0 } = status ?? {};
  return desiredHealthy > 0 && currentHealthy >= desiredHealthy;
}

function spent(budget: PodDisruptionBudget, podName: string, now: string): PodDisruptionBudget {
  const { name = '', generation = 0 } = budget.metadata;
  const { observedGeneration = 0, disruptionsAllowed = 0, disruptedPods = {} } = budget.status ?? {};
  const { desiredHealthy = 0, currentHealthy = 0 } = budget.status ?? {};
  if (observedGeneration < generation) {
    throw refused(`The disruption budget ${name} is still being processed by the server.`, { retryAfterSeconds });
  }
  if (Object.keys(disruptedPods).length > disruptedPodsMax) {
    const why = 'DisruptedPods map too big - too many evictions not confirmed by PDB controller';
    throw statusErrors.forbidden({ group: 'policy', resource: 'poddisruptionbudget' }, name, why);
  }
  if (disruptionsAllowed <= 0) {
    throw refused(`The disruption budget ${name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`);
  }
  const draft = cloneJson(budget);
  draft.status = {
    ...draft.status,
    currentHealthy,
    desiredHealthy,
    expectedPods: budget.status?.expectedPods ?? 0,
    disruptionsAllowed: disruptionsAllowed - 1,
    disruptedPods: { ...disruptedPods, [podName]: now },
    ...(disruptionsAllowed === 1 ? { conditions: withNothingAllowed(budget, now) } : {}),
  };
  return draft;
}

/** The last eviction says at once what the disruption controller would say a moment later. */
function withNothingAllowed({ status }: PodDisruptionBudget, now: string): Condition[] {
  const type = 'DisruptionAllowed';
  const { conditions = [], observedGeneration } = status ?? {};
  const before = conditions.find((condition) => condition.type === type);
  const condition: Condition = {
    type,
    status: 'False',
    reason: 'InsufficientPods',
    message: '',
    lastTransitionTime: before?.status === 'False' ? before.lastTransitionTime : now,
    ...(observedGeneration === undefined ? {} : { observedGeneration }),
  };
  return [...conditions.filter((one) => one !== before), condition];
}

/** Nobody knows when a budget allows something again: with a time to wait for, clients would wait and ask ten times over. */
function refused(message: string, retry: { readonly retryAfterSeconds?: number } = {}): StatusError {
  const causes = [{ reason: 'DisruptionBudget', message }];
  const sentence = "Cannot evict pod as it would violate the pod's disruption budget.";
  return new StatusError(429, 'TooManyRequests', sentence, { causes, ...retry });
}
