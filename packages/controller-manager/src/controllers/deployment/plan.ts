import { type Deployment, equalJson, type Persisted, type Pod, type ReplicaSet } from '@flotilla/api';
import { podIsTerminal } from '@flotilla/controller-kit';
import { newestAnnotations, revisionOf, sizeAnnotations } from './annotations.js';
import { desiredReplicas, isRolling, rolloutLimits } from './rollout-limits.js';
import { allOf, type Family, isScaling, newestSize, noSizes, replicasOf, rescale, type Sizes, shrinkOld } from './sizes.js';
import { sameTemplate } from './template.js';

/** One step on the way to what the Deployment wants. The change it makes wakes the next one. */
export type Step =
  | { readonly do: 'create'; readonly replicas: number; readonly annotations: Readonly<Record<string, string>> }
  | { readonly do: 'update'; readonly changes: readonly ReplicaSetChange[] }
  | { readonly do: 'nothing' };

export interface ReplicaSetChange {
  readonly replicaSet: Persisted<ReplicaSet>;
  readonly replicas: number;
  readonly minReadySeconds: number;
  readonly annotations: Readonly<Record<string, string>>;
}

const nothing: Step = { do: 'nothing' };

/** Sorts a Deployment's ReplicaSets; of several with its template, which only people make, the oldest counts. */
export function familyOf(deployment: Deployment, replicaSets: readonly Persisted<ReplicaSet>[]): Family {
  const ordered = [...replicaSets].sort(
    (a, b) =>
      a.metadata.creationTimestamp.localeCompare(b.metadata.creationTimestamp) || a.metadata.name.localeCompare(b.metadata.name),
  );
  const newest = ordered.find((replicaSet) => sameTemplate(replicaSet.spec?.template, deployment.spec.template));
  return { newest, old: ordered.filter((replicaSet) => replicaSet !== newest) };
}

/** The revision of the current template: the highest so far, or one more. */
export function nextRevision({ newest, old }: Family): number {
  const highestOld = Math.max(0, ...old.map(revisionOf));
  return Math.max(highestOld + 1, newest === undefined ? 0 : revisionOf(newest));
}

/** @param oldPods pods of the ReplicaSets with other templates, those that are terminating included */
export function planStep(deployment: Deployment, family: Family, oldPods: readonly Pod[]): Step {
  if (deployment.metadata.deletionTimestamp !== undefined) return nothing;
  if (deployment.spec.paused === true || isScaling(deployment, family)) {
    return changeSizes(deployment, family, rescale(deployment, family));
  }
  return isRolling(deployment) ? planRolling(deployment, family) : planRecreate(deployment, family, oldPods);
}

function planRolling(deployment: Deployment, family: Family): Step {
  const { newest } = family;
  if (newest === undefined) return createNewest(deployment, family);
  const size = newestSize(deployment, family);
  if (size !== replicasOf(newest)) return changeSizes(deployment, family, new Map([[newest, size]]));
  return changeSizes(deployment, family, shrinkOld(deployment, family));
}

/** All old pods end before the first new one starts. */
function planRecreate(deployment: Deployment, family: Family, oldPods: readonly Pod[]): Step {
  const active = family.old.filter((replicaSet) => replicasOf(replicaSet) > 0);
  if (active.length > 0) return changeSizes(deployment, family, new Map(active.map((replicaSet) => [replicaSet, 0])));
  if (oldPods.some((pod) => !podIsTerminal(pod))) return changeSizes(deployment, family, noSizes);
  if (family.newest === undefined) return createNewest(deployment, family);
  return changeSizes(deployment, family, new Map([[family.newest, desiredReplicas(deployment)]]));
}

function createNewest(deployment: Deployment, family: Family): Step {
  const annotations = {
    ...newestAnnotations(deployment, undefined, nextRevision(family)),
    ...sizeAnnotations(desiredReplicas(deployment), rolloutLimits(deployment).maxSurge),
  };
  return { do: 'create', replicas: newestSize(deployment, family), annotations };
}

/** Adds to new sizes what annotations must say, and leaves out ReplicaSets that are as they should be. */
function changeSizes(deployment: Deployment, family: Family, sizes: Sizes): Step {
  const size = sizeAnnotations(desiredReplicas(deployment), rolloutLimits(deployment).maxSurge);
  const changes: ReplicaSetChange[] = [];
  for (const replicaSet of allOf(family)) {
    const replicas = sizes.get(replicaSet) ?? replicasOf(replicaSet);
    const old = replicaSet.metadata.annotations ?? {};
    const current = replicaSet === family.newest && deployment.spec.paused !== true;
    const annotations = {
      ...(current ? newestAnnotations(deployment, replicaSet, nextRevision(family)) : old),
      ...((sizes.has(replicaSet) || replicas > 0) && size),
    };
    const oldMinReady = replicaSet.spec?.minReadySeconds ?? 0;
    const minReadySeconds = current ? (deployment.spec.minReadySeconds ?? 0) : oldMinReady;
    const same = replicas === replicasOf(replicaSet) && minReadySeconds === oldMinReady && equalJson(annotations, old);
    if (!same) changes.push({ replicaSet, replicas, minReadySeconds, annotations });
  }
  return changes.length === 0 ? nothing : { do: 'update', changes };
}

/** Old ReplicaSets beyond the history that is kept: empty ones, oldest revision first. */
export function planCleanup(deployment: Deployment, { old }: Family): readonly Persisted<ReplicaSet>[] {
  const limit = deployment.spec.revisionHistoryLimit ?? 10;
  const candidates = old.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const excess = candidates.length - limit;
  if (excess <= 0) return [];
  return [...candidates]
    .sort((a, b) => revisionOf(a) - revisionOf(b))
    .slice(0, excess)
    .filter(
      ({ metadata, spec, status }) =>
        (spec?.replicas ?? 1) === 0 &&
        (status?.replicas ?? 0) === 0 &&
        (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0),
    );
}
