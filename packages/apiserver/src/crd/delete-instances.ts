import {
  type CustomResourceDefinition,
  customResourceCleanupFinalizer,
  type Definition,
  hasReason,
  kinds,
  timeText,
} from '@flotilla/api';
import { type Clock, errorMessage, sleep } from '@flotilla/base';
import { apiServerUser } from '../auth/user-info.js';
import type { Catalogue } from '../catalogue/catalogue.js';
import { instancesGonePollMs, instancesGoneWaitMs } from '../limits.js';
import { type Registry, wholeResource } from '../registry/registry.js';
import { type Condition, isConditionTrue, withCondition } from './conditions.js';

export interface DeletionDeps {
  readonly registry: Registry;
  readonly catalogue: Catalogue;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const definition = kinds.customResourceDefinitions as unknown as Definition; // declared with its own object type

export function awaitsDeletion({ metadata }: CustomResourceDefinition): boolean {
  return metadata.deletionTimestamp !== undefined && metadata.finalizers?.includes(customResourceCleanupFinalizer) === true;
}

/**
 * Ends a definition that is being deleted: its objects first, then, once none is left, the finalizer that holds it.
 * @throws what kept it from being finished, after the status says so; the caller tries again
 */
export async function finishDeletion(crd: CustomResourceDefinition, deps: DeletionDeps): Promise<void> {
  const begun = await writeStatus(crd, deps, inProgress);
  if (begun === undefined) return;
  const failure = isConditionTrue(begun, 'Established') ? await deleteInstances(crd, deps) : undefined;
  if (failure === undefined) return release(begun, deps);
  await writeStatus(begun, deps, failure);
  throw new Error(failure.message);
}

/**
 * Takes the finalizer away. Only what others still hold is told how it went, and only then: of API servers that finish at the same
 * time, none may write what another takes for news.
 */
async function release(crd: CustomResourceDefinition, deps: DeletionDeps): Promise<void> {
  const finalizers = (crd.metadata.finalizers ?? []).filter((name) => name !== customResourceCleanupFinalizer);
  const released = await write({ ...crd, metadata: { ...crd.metadata, finalizers } }, deps, undefined);
  if (released === undefined || finalizers.length === 0) return;
  const never = { ...ended, reason: 'NeverEstablished', message: 'resource was never established' };
  await writeStatus(released, deps, isConditionTrue(crd, 'Established') ? ended : never);
}

const inProgress: Condition = {
  type: 'Terminating',
  status: 'True',
  reason: 'InstanceDeletionInProgress',
  message: 'CustomResource deletion is in progress',
};
const ended: Condition = {
  type: 'Terminating',
  status: 'False',
  reason: 'InstanceDeletionCompleted',
  message: 'removed all instances',
};

/** @returns what is wrong, if anything */
async function deleteInstances(crd: CustomResourceDefinition, deps: DeletionDeps): Promise<Condition | undefined> {
  const { registry, catalogue, clock, signal } = deps;
  const served = catalogue.ofResource({ group: crd.spec.group, resource: crd.spec.names.plural });
  // Without a served version nobody can reach the objects; they lie in the store as they would under Kubernetes.
  if (served === undefined) return undefined;
  const request = { ...wholeResource, user: apiServerUser, signal };
  try {
    await registry.deleteCollection(served, { ...request, options: { dryRun: false } });
  } catch (error) {
    return { ...inProgress, reason: 'InstanceDeletionFailed', message: `could not issue all deletes: ${errorMessage(error)}` };
  }
  const untilMs = clock.monotonicMs() + instancesGoneWaitMs;
  for (;;) {
    const { items } = await registry.list(served, { ...request, limit: 1 });
    if (items.length === 0) return undefined;
    if (clock.monotonicMs() >= untilMs) break;
    await sleep(clock, instancesGonePollMs, signal); // finalizers of others hold them: there is no one event to wait for
  }
  const message = 'could not confirm zero CustomResources remaining: timed out waiting for the condition';
  return { ...inProgress, reason: 'InstanceDeletionCheck', message };
}

function writeStatus(
  crd: CustomResourceDefinition,
  deps: DeletionDeps,
  condition: Condition,
): Promise<CustomResourceDefinition | undefined> {
  const conditions = withCondition(crd.status?.conditions ?? [], condition, timeText(deps.clock.wallMs()));
  return write({ ...crd, status: { ...crd.status, conditions } }, deps, 'status');
}

/** @returns the definition as written; undefined when it has changed or gone meanwhile, of which a watch event tells */
async function write(
  body: CustomResourceDefinition,
  { registry, signal }: DeletionDeps,
  subresource: 'status' | undefined,
): Promise<CustomResourceDefinition | undefined> {
  const options = { dryRun: false, fieldValidation: 'Ignore', fieldManager: 'apiextensions-apiserver' } as const;
  const target = { user: apiServerUser, signal, name: body.metadata.name ?? '', subresource };
  try {
    const { object } = await registry.update(definition, { ...target, body, options });
    return object as unknown as CustomResourceDefinition; // the definition's own kind
  } catch (error) {
    if (hasReason(error, 'NotFound', 'Conflict')) return undefined;
    throw error;
  }
}
