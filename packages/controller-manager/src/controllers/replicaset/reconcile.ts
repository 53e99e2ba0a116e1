import { hasReason, kinds, matchesLabelSelector, type Persisted, type Pod, type ReplicaSet } from '@flotilla/api';
import { type Clock, defined, errorMessage, type Random, randomSuffix } from '@flotilla/base';
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
  readonly pods: ObjectReader<Pod> & { readonly resourceVersion: string };
  readonly replicaSetClient: ResourceClient<ReplicaSet>;
  readonly podClient: ResourceClient<Pod>;
  readonly expectations: ControllerExpectations;
  readonly recorder: EventRecorder;
  readonly clock: Clock;
  readonly random: Random;
}

/** Events of pods wake a ReplicaSet; this is for pods that came and went while there was no watch. */
const lookAgainMs = 1_000;

/** Gives a ReplicaSet as many pods as it wants, and tells in its status how many it has. */
export async function reconcile(key: string, deps: ReplicaSetDeps, signal: AbortSignal): Promise<ReconcileResult> {
  const replicaSet = deps.replicaSets.get(key);
  if (replicaSet === undefined) {
    deps.expectations.forget(key);
    return done;
  }
  const caughtUp = deps.expectations.satisfied(key, deps.pods.resourceVersion);
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
  if (!caughtUp) return { requeueAfterMs: lookAgainMs };
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
  const pods = Array.from({ length: plan.create }, () => newPod(replicaSet, deps.random));
  const names = pods.map(({ metadata }) => metadata.name ?? '');
  deps.expectations.expectCreations(key, names);
  const waiting = [...pods];
  const { errors } = await slowStart(pods.length, async () => {
    const pod = defined(waiting.shift(), 'there is a pod for every call');
    await createPod(key, replicaSet, pod, deps, signal);
  });
  for (const { metadata } of waiting) deps.expectations.creationObserved(key, metadata.name ?? ''); // never asked for
  return errors[0];
}

async function createPod(
  key: string,
  replicaSet: Persisted<ReplicaSet>,
  pod: Pod,
  deps: ReplicaSetDeps,
  signal: AbortSignal,
): Promise<void> {
  const { name = '' } = pod.metadata;
  try {
    const created = await createOnce(deps.podClient, pod, signal, () => !deps.expectations.expectsCreation(key, name));
    if (created !== undefined) deps.expectations.creationAnswered(key, name, created.metadata.resourceVersion);
    deps.recorder.normal(replicaSet, 'SuccessfulCreate', `Created pod: ${name}`);
  } catch (error) {
    deps.expectations.creationObserved(key, name);
    if (isNamespaceTerminating(error)) return; // it will never succeed, and soon the ReplicaSet is gone as well
    if (!signal.aborted) deps.recorder.warning(replicaSet, 'FailedCreate', `Error creating: ${errorMessage(error)}`);
    throw error;
  }
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
        if (!signal.aborted) deps.recorder.warning(replicaSet, 'FailedDelete', `Error deleting: ${errorMessage(error)}`);
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
  return { reason: creating ? 'FailedCreate' : 'FailedDelete', message: errorMessage(error) };
}
