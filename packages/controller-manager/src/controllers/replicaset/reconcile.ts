import { hasReason, kinds, matchesLabelSelector, type Persisted, type Pod, type ReplicaSet } from '@flotilla/api';
import { type Clock, type Random, randomSuffix } from '@flotilla/base';
import { joinKey, type ObjectReader, ownerUidIndex, type ResourceClient } from '@flotilla/client';
import {
  type ControllerExpectations,
  controllerOf,
  controllerReference,
  done,
  type EventRecorder,
  isNamespaceTerminating,
  podIsActive,
  type ReconcileResult,
  withoutZeroes,
} from '@flotilla/controller-kit';
import { applyClaims, planClaims } from '../../shared/claims.js';
import { createOnce } from '../../shared/create-once.js';
import { orphanIndex } from '../../shared/orphans.js';
import { slowStart } from '../../shared/slow-start.js';
import { planReplicas, type ReplicaPlan } from './plan.js';
import { observeReplicas, type ReplicaFailure, sameStatus } from './status.js';

export interface ReplicaSetDeps {
  readonly replicaSets: ObjectReader<ReplicaSet>;
  readonly pods: ObjectReader<Pod>;
  readonly replicaSetClient: ResourceClient<ReplicaSet>;
  readonly podClient: ResourceClient<Pod>;
  readonly expectations: ControllerExpectations;
  readonly recorder: EventRecorder;
  readonly clock: Clock;
  readonly random: Random;
}

/** Gives a ReplicaSet as many pods as it wants, and tells in its status how many it has. */
export async function reconcile(key: string, deps: ReplicaSetDeps, signal: AbortSignal): Promise<ReconcileResult> {
  const replicaSet = deps.replicaSets.get(key);
  if (replicaSet === undefined) {
    deps.expectations.forget(key);
    return done;
  }
  const caughtUp = deps.expectations.satisfied(key);
  const active = await claimPods(replicaSet, deps, signal);
  const managed = caughtUp && replicaSet.metadata.deletionTimestamp === undefined;
  const error = managed ? await manage(key, replicaSet, active, deps, signal) : undefined;
  const failure = error === undefined ? undefined : failureOf(replicaSet, active, error);
  const { status, nextAvailableMs } = observeReplicas(replicaSet, active, failure, deps.clock.wallMs());
  if (!sameStatus(replicaSet.status, status)) {
    await deps.replicaSetClient.updateStatus(
      { ...replicaSet, status: { ...withoutZeroes(status), replicas: status.replicas } },
      { signal },
    );
  }
  if (error !== undefined) throw error;
  return nextAvailableMs === undefined ? done : { requeueAfterMs: nextAvailableMs };
}

async function claimPods(
  replicaSet: Persisted<ReplicaSet>,
  deps: ReplicaSetDeps,
  signal: AbortSignal,
): Promise<readonly Persisted<Pod>[]> {
  const { uid, namespace = '' } = replicaSet.metadata;
  const candidates = [...deps.pods.byIndex(ownerUidIndex, uid), ...deps.pods.byIndex(orphanIndex, namespace)].filter(podIsActive);
  const claims = planClaims(replicaSet, replicaSet.spec?.selector ?? {}, candidates);
  const clients = { owners: deps.replicaSetClient, objects: deps.podClient };
  await applyClaims(replicaSet, kinds.replicaSets, claims, clients, signal);
  return claims.owned;
}

/** @returns the first error, when not everything could be done */
async function manage(
  key: string,
  replicaSet: Persisted<ReplicaSet>,
  active: readonly Persisted<Pod>[],
  deps: ReplicaSetDeps,
  signal: AbortSignal,
): Promise<unknown> {
  const plan = planReplicas(replicaSet, active, relatedPods(replicaSet, deps), deps.clock.wallMs());
  if (plan.create > 0) return createPods(key, replicaSet, plan, deps, signal);
  if (plan.delete.length > 0) return deletePods(key, replicaSet, plan, deps, signal);
  return undefined;
}

async function createPods(
  key: string,
  replicaSet: Persisted<ReplicaSet>,
  plan: ReplicaPlan,
  deps: ReplicaSetDeps,
  signal: AbortSignal,
): Promise<unknown> {
  deps.expectations.expectCreations(key, plan.create);
  const { succeeded, errors } = await slowStart(plan.create, async () => {
    try {
      const pod = await createOnce(deps.podClient, newPod(replicaSet, deps.random), signal);
      deps.recorder.normal(replicaSet, 'SuccessfulCreate', `Created pod: ${pod.metadata.name}`);
    } catch (error) {
      if (isNamespaceTerminating(error)) return; // it will never succeed, and soon the ReplicaSet is gone as well
      if (!signal.aborted) deps.recorder.warning(replicaSet, 'FailedCreate', `Error creating: ${messageOf(error)}`);
      throw error;
    }
  });
  for (let i = succeeded; i < plan.create; i++) deps.expectations.creationObserved(key);
  return errors[0];
}

async function deletePods(
  key: string,
  replicaSet: Persisted<ReplicaSet>,
  plan: ReplicaPlan,
  deps: ReplicaSetDeps,
  signal: AbortSignal,
): Promise<unknown> {
  deps.expectations.expectDeletions(
    key,
    plan.delete.map((pod) => pod.metadata.uid),
  );
  const outcomes = await Promise.allSettled(
    plan.delete.map(async (pod) => {
      const { name, namespace, uid } = pod.metadata;
      try {
        await deps.podClient.delete(name, { namespace, preconditions: { uid }, signal });
        deps.recorder.normal(replicaSet, 'SuccessfulDelete', `Deleted pod: ${name}`);
      } catch (error) {
        deps.expectations.deletionObserved(key, uid);
        if (hasReason(error, 'NotFound', 'Conflict')) return; // gone already, or another pod by now
        if (!signal.aborted) deps.recorder.warning(replicaSet, 'FailedDelete', `Error deleting: ${messageOf(error)}`);
        throw error;
      }
    }),
  );
  return outcomes.find((outcome) => outcome.status === 'rejected')?.reason;
}

/** All active pods of the ReplicaSets that share an owner with this one. */
function relatedPods(replicaSet: Persisted<ReplicaSet>, deps: ReplicaSetDeps): readonly Persisted<Pod>[] {
  const owner = controllerOf(replicaSet);
  const siblings = owner === undefined ? [replicaSet] : deps.replicaSets.byIndex(ownerUidIndex, owner.uid);
  return siblings.flatMap((sibling) => deps.pods.byIndex(ownerUidIndex, sibling.metadata.uid)).filter(podIsActive);
}

/** Named here and not by the server, so that creating it can be repeated when the answer is lost. */
function newPod(replicaSet: Persisted<ReplicaSet>, random: Random): Pod {
  const { name, namespace } = replicaSet.metadata;
  const { metadata, spec } = replicaSet.spec?.template ?? {};
  const generateName = `${name.slice(0, 57)}-`;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `${generateName}${randomSuffix(random, 5)}`,
      generateName,
      ...(namespace !== undefined && { namespace }),
      labels: metadata?.labels ?? {},
      ...(metadata?.annotations !== undefined && { annotations: metadata.annotations }),
      ...(metadata?.finalizers !== undefined && { finalizers: metadata.finalizers }),
      ownerReferences: [controllerReference(replicaSet, kinds.replicaSets)],
    },
    spec: spec ?? { containers: [] },
  };
}

/** The ReplicaSets that may want an orphan. */
export function selecting(replicaSets: readonly Persisted<ReplicaSet>[], pod: Pod): readonly string[] {
  return replicaSets
    .filter((replicaSet) => matchesLabelSelector(replicaSet.spec?.selector, pod.metadata.labels))
    .map(({ metadata }) => joinKey(metadata.namespace, metadata.name));
}

function failureOf(replicaSet: ReplicaSet, active: readonly Pod[], error: unknown): ReplicaFailure {
  const creating = active.length < (replicaSet.spec?.replicas ?? 1);
  return { reason: creating ? 'FailedCreate' : 'FailedDelete', message: messageOf(error) };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
