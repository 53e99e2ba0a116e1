import { hasReason, kinds, matchesLabelSelector, type Persisted, type Pod, type PodDisruptionBudget } from '@flotilla/api';
import { type ApiClient, namespaceIndex, type ObjectReader } from '@flotilla/client';
import { done, type EventRecorder, type ReconcileResult, timestamp } from '@flotilla/controller-kit';
import { unlessGone } from '../../shared/absence.js';
import { failedStatus, planBudget, sameStatus, wantedBy } from './plan.js';
import type { ExpectedScale } from './scale.js';

type Budget = Persisted<PodDisruptionBudget>;
type Status = NonNullable<PodDisruptionBudget['status']>;

export interface DisruptionDeps {
  readonly client: ApiClient;
  readonly budgets: ObjectReader<PodDisruptionBudget>;
  readonly pods: ObjectReader<Pod>;
  readonly recorder: EventRecorder;
  expectedScale(pods: readonly Persisted<Pod>[], signal: AbortSignal): Promise<ExpectedScale>;
}

/** Without a selector a budget is of no pod; with an empty one, of all pods of its namespace. */
export function selects({ spec }: PodDisruptionBudget, pod: Pod): boolean {
  return spec.selector !== undefined && matchesLabelSelector(spec.selector, pod.metadata.labels ?? {});
}

/** @throws whatever kept the budget from being computed; then its status allows nothing */
export async function reconcile(key: string, deps: DisruptionDeps, signal: AbortSignal): Promise<ReconcileResult> {
  const budget = deps.budgets.get(key);
  if (budget === undefined) return done;
  try {
    return await compute(budget, deps, signal);
  } catch (error) {
    // Somebody spent of it in between: what it allows now is looked at again.
    if (signal.aborted || hasReason(error, 'Conflict') || !(error instanceof Error)) throw error;
    await write(budget, failedStatus(budget, error.message, nowText(deps)), deps, signal);
    throw error;
  }
}

async function compute(budget: Budget, deps: DisruptionDeps, signal: AbortSignal): Promise<ReconcileResult> {
  const { recorder, client } = deps;
  const { namespace = '', name } = budget.metadata;
  const pods = deps.pods.byIndex(namespaceIndex, namespace).filter((pod) => selects(budget, pod));
  if (pods.length === 0) recorder.normal(budget, 'NoPods', 'No matching pods found');
  const scaleOf = async () => {
    const { replicas, unmanaged } = await deps.expectedScale(pods, signal);
    if (unmanaged.length > 0) recorder.warning(budget, 'UnmanagedPods', unmanagedText(unmanaged));
    return replicas;
  };
  const wanted = await wantedBy(budget, pods.length, scaleOf).catch((error: Error) => {
    const why = `Failed to calculate the number of expected pods: ${error.message}`;
    if (!signal.aborted) recorder.warning(budget, 'CalculateExpectedPodCountFailed', why);
    throw error;
  });
  const nowMs = client.clock.wallMs();
  const { status, notDeleted, recheckAfterMs } = planBudget(budget, pods, wanted, nowMs, timestamp(nowMs));
  for (const pod of notDeleted) {
    recorder.warning(pod, 'NotDeleted', `Pod was expected by PDB ${namespace}/${name} to be deleted but it wasn't`);
  }
  await write(budget, status, deps, signal);
  return recheckAfterMs === undefined ? done : { requeueAfterMs: recheckAfterMs };
}

async function write(budget: Budget, status: Status, { client }: DisruptionDeps, signal: AbortSignal): Promise<void> {
  if (sameStatus(status, budget.status)) return;
  await unlessGone(client.resource(kinds.podDisruptionBudgets).updateStatus({ ...budget, status }, { signal }));
}

function nowText({ client }: DisruptionDeps): string {
  return timestamp(client.clock.wallMs());
}

function unmanagedText(names: readonly string[]): string {
  return (
    `Pods selected by this PodDisruptionBudget (selector: ${names.join(', ')}) were found to be unmanaged. As a result, the status of the ` +
    'PDB cannot be calculated correctly, which may result in undefined behavior. To account for these pods please set ".spec.minAvailable" ' +
    'field of the PDB to an integer value.'
  );
}
