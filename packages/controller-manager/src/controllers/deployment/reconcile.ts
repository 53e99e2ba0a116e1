import { type Deployment, hasReason, isRecord, kinds, type Persisted, type Pod, type ReplicaSet } from '@flotilla/api';
import { type Clock, errorMessage } from '@flotilla/base';
import { type ObjectReader, ownerUidIndex, type ResourceClient } from '@flotilla/client';
import {
  controllerReference,
  done,
  type EventRecorder,
  isControlledBy,
  type ReconcileResult,
  withoutZeroes,
} from '@flotilla/controller-kit';
import { unlessGone } from '../../shared/absence.js';
import { applyClaims, planClaims } from '../../shared/claims.js';
import { createOnce } from '../../shared/create-once.js';
import { orphanIndex } from '../../shared/orphans.js';
import { revisionAnnotation } from './annotations.js';
import { familyOf, nextRevision, planCleanup, planStep, type ReplicaSetChange, type Step } from './plan.js';
import { type Family, replicasOf } from './sizes.js';
import { isComplete, msUntilDeadline, type Outcome, sameStatus, statusOf } from './status.js';
import { sameTemplate, templateHash, templateHashLabel } from './template.js';

export interface DeploymentDeps {
  readonly deployments: ObjectReader<Deployment>;
  readonly replicaSets: ObjectReader<ReplicaSet>;
  readonly pods: ObjectReader<Pod>;
  readonly deploymentClient: ResourceClient<Deployment>;
  readonly replicaSetClient: ResourceClient<ReplicaSet>;
  readonly recorder: EventRecorder;
  readonly clock: Clock;
}

/** Brings a Deployment one step closer to what it wants: a ReplicaSet made, sizes changed, history trimmed, status told. */
export async function reconcile(key: string, deps: DeploymentDeps, signal: AbortSignal): Promise<ReconcileResult> {
  const deployment = deps.deployments.get(key);
  if (deployment === undefined) return done;
  const { matchLabels = {}, matchExpressions = [] } = deployment.spec.selector;
  if (Object.keys(matchLabels).length === 0 && matchExpressions.length === 0) {
    deps.recorder.warning(deployment, 'SelectingAll', 'This deployment is selecting all pods. A non-empty selector is required.');
    return done;
  }
  const family = familyOf(deployment, await claimReplicaSets(deployment, deps, signal));
  const oldPods = family.old.flatMap(({ metadata }) => deps.pods.byIndex(ownerUidIndex, metadata.uid));
  const step = planStep(deployment, family, oldPods);
  let outcome: Outcome = {};
  let failure: { readonly error: unknown } | undefined;
  try {
    outcome = await take(step, deployment, deps, signal);
  } catch (error) {
    if (signal.aborted || hasReason(error, 'Conflict')) throw error;
    failure = { error };
    if (step.do === 'create') outcome = { createError: errorMessage(error) };
  }
  const result = await tell(deployment, family, outcome, deps, signal);
  if (failure !== undefined) throw failure.error;
  return result;
}

async function claimReplicaSets(
  deployment: Persisted<Deployment>,
  deps: DeploymentDeps,
  signal: AbortSignal,
): Promise<readonly Persisted<ReplicaSet>[]> {
  const { uid, namespace = '' } = deployment.metadata;
  const candidates = [...deps.replicaSets.byIndex(ownerUidIndex, uid), ...deps.replicaSets.byIndex(orphanIndex, namespace)];
  const claims = planClaims(deployment, deployment.spec.selector, candidates);
  const clients = { owners: deps.deploymentClient, objects: deps.replicaSetClient };
  await applyClaims(deployment, kinds.deployments, claims, clients, signal);
  return claims.owned;
}

/** Writes what the Deployment itself says: its revision, and its status. */
async function tell(
  deployment: Persisted<Deployment>,
  family: Family,
  outcome: Outcome,
  deps: DeploymentDeps,
  signal: AbortSignal,
): Promise<ReconcileResult> {
  const nowMs = deps.clock.wallMs();
  const status = statusOf(deployment, family, outcome, nowMs);
  if (deployment.metadata.deletionTimestamp === undefined) {
    if (isComplete(deployment, status)) await cleanUp(deployment, family, deps, signal);
    await writeRevision(deployment, family, outcome, deps, signal);
  }
  if (!sameStatus(deployment.status, status)) {
    const { name, namespace, uid } = deployment.metadata;
    // Lists are replaced as a whole, and only this controller writes this status: no resourceVersion is needed.
    const patch = { metadata: { uid }, status: { ...zeroes(deployment.status), ...withoutZeroes(status) } };
    await deps.deploymentClient.patchStatus(name, patch, { namespace, type: 'merge', signal });
  }
  const requeueAfterMs = msUntilDeadline(deployment, status, nowMs);
  return requeueAfterMs === undefined ? done : { requeueAfterMs };
}

/** A merge patch keeps what it does not name. */
function zeroes(old: Deployment['status']): Record<string, null> {
  return isRecord(old) ? Object.fromEntries(Object.keys(old).map((name) => [name, null])) : {};
}

async function take(step: Step, deployment: Persisted<Deployment>, deps: DeploymentDeps, signal: AbortSignal): Promise<Outcome> {
  if (step.do === 'create') return create(deployment, step, deps, signal);
  if (step.do === 'update') for (const change of step.changes) await resize(deployment, change, deps, signal);
  return {};
}

async function create(
  deployment: Persisted<Deployment>,
  step: Extract<Step, { do: 'create' }>,
  deps: DeploymentDeps,
  signal: AbortSignal,
): Promise<Outcome> {
  const replicaSet = newReplicaSet(deployment, step.replicas, step.annotations);
  const name = replicaSet.metadata.name ?? '';
  try {
    await createOnce(deps.replicaSetClient, replicaSet, signal);
  } catch (error) {
    if (!hasReason(error, 'AlreadyExists')) throw error;
    const { namespace } = deployment.metadata;
    const existing = await deps.replicaSetClient.get(name, { namespace, signal });
    if (isControlledBy(existing, deployment) && sameTemplate(existing.spec?.template, deployment.spec.template)) return {};
    await countCollision(deployment, deps, signal);
    throw error;
  }
  deps.recorder.normal(deployment, 'ScalingReplicaSet', `Scaled up replica set ${name} from 0 to ${step.replicas}`);
  return { created: name };
}

/** Another template hashes alike: the next attempt mixes in this number and gets another name. */
async function countCollision(deployment: Persisted<Deployment>, deps: DeploymentDeps, signal: AbortSignal): Promise<void> {
  const { name, namespace, resourceVersion } = deployment.metadata;
  const collisionCount = (deployment.status?.collisionCount ?? 0) + 1;
  const patch = { metadata: { resourceVersion }, status: { collisionCount } };
  await deps.deploymentClient.patchStatus(name, patch, { namespace, type: 'merge', signal });
}

async function resize(
  deployment: Persisted<Deployment>,
  { replicaSet, replicas, minReadySeconds, annotations }: ReplicaSetChange,
  deps: DeploymentDeps,
  signal: AbortSignal,
): Promise<void> {
  const { name } = replicaSet.metadata;
  const before = replicasOf(replicaSet);
  // A full update with the resourceVersion that the plan was made from: never two steps on one state.
  await deps.replicaSetClient.update(
    {
      ...replicaSet,
      metadata: { ...replicaSet.metadata, annotations },
      spec: { ...requireSpec(replicaSet), replicas, minReadySeconds },
    },
    { signal },
  );
  if (replicas === before) return;
  const direction = replicas > before ? 'up' : 'down';
  deps.recorder.normal(deployment, 'ScalingReplicaSet', `Scaled ${direction} replica set ${name} from ${before} to ${replicas}`);
}

async function cleanUp(
  deployment: Persisted<Deployment>,
  family: Family,
  deps: DeploymentDeps,
  signal: AbortSignal,
): Promise<void> {
  for (const { metadata } of planCleanup(deployment, family)) {
    const { name, namespace, uid, resourceVersion } = metadata;
    await unlessGone(deps.replicaSetClient.delete(name, { namespace, preconditions: { uid, resourceVersion }, signal }));
  }
}

async function writeRevision(
  deployment: Persisted<Deployment>,
  family: Family,
  outcome: Outcome,
  deps: DeploymentDeps,
  signal: AbortSignal,
): Promise<void> {
  if (family.newest === undefined && outcome.created === undefined) return;
  const revision = String(nextRevision(family));
  if (deployment.spec.paused === true || deployment.metadata.annotations?.[revisionAnnotation] === revision) return;
  const { name, namespace, uid } = deployment.metadata;
  const patch = { metadata: { uid, annotations: { [revisionAnnotation]: revision } } };
  await deps.deploymentClient.patch(name, patch, { namespace, type: 'merge', signal });
}

/** Named after its template, so that making it twice makes it once. */
function newReplicaSet(
  deployment: Persisted<Deployment>,
  replicas: number,
  annotations: Readonly<Record<string, string>>,
): ReplicaSet {
  const { selector, template, minReadySeconds } = deployment.spec;
  const hash = { [templateHashLabel]: templateHash(template, deployment.status?.collisionCount ?? 0) };
  const labels = { ...template.metadata?.labels, ...hash };
  const { name, namespace } = deployment.metadata;
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${name}-${hash[templateHashLabel]}`,
      ...(namespace !== undefined && { namespace }),
      labels,
      annotations,
      ownerReferences: [controllerReference(deployment, kinds.deployments)],
    },
    spec: {
      replicas,
      ...(minReadySeconds !== undefined && { minReadySeconds }),
      selector: { ...selector, matchLabels: { ...selector.matchLabels, ...hash } },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  };
}

function requireSpec(replicaSet: ReplicaSet): NonNullable<ReplicaSet['spec']> {
  return replicaSet.spec ?? { selector: {} };
}
