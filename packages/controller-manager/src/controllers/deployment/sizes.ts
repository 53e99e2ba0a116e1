import type { Deployment, Persisted, ReplicaSet } from '@flotilla/api';
import { desiredReplicasOf, maxReplicasOf } from './annotations.js';
import { desiredReplicas, isRolling, rolloutLimits } from './rollout-limits.js';

/** A Deployment's ReplicaSets: the one with its current template, if it exists, and all others, oldest first. */
export interface Family {
  readonly newest: Persisted<ReplicaSet> | undefined;
  readonly old: readonly Persisted<ReplicaSet>[];
}

/** New sizes, by ReplicaSet; those that are not in it keep theirs. */
export type Sizes = ReadonlyMap<Persisted<ReplicaSet>, number>;

export const noSizes: Sizes = new Map();

export function replicasOf(replicaSet: ReplicaSet): number {
  return replicaSet.spec?.replicas ?? 1;
}

export function availableOf(replicaSet: ReplicaSet): number {
  return replicaSet.status?.availableReplicas ?? 0;
}

export function allOf({ newest, old }: Family): readonly Persisted<ReplicaSet>[] {
  return newest === undefined ? old : [...old, newest];
}

export function totalReplicas(replicaSets: readonly ReplicaSet[]): number {
  return replicaSets.reduce((sum, replicaSet) => sum + replicasOf(replicaSet), 0);
}

/** Whether the Deployment's size changed since it last sized its ReplicaSets: then they scale before anything rolls on. */
export function isScaling(deployment: Deployment, family: Family): boolean {
  const desired = desiredReplicas(deployment);
  return allOf(family)
    .filter((replicaSet) => replicasOf(replicaSet) > 0)
    .some((replicaSet) => (desiredReplicasOf(replicaSet) ?? desired) !== desired);
}

/** How big the ReplicaSet of the current template starts or grows, while the old ones still have pods. */
export function newestSize(deployment: Deployment, family: Family): number {
  const desired = desiredReplicas(deployment);
  const current = family.newest === undefined ? 0 : replicasOf(family.newest);
  if (!isRolling(deployment) || current >= desired) return desired;
  const room = desired + rolloutLimits(deployment).maxSurge - totalReplicas(allOf(family));
  return current + Math.max(0, Math.min(room, desired - current));
}

/** How far the old ReplicaSets may shrink now. Their pods that are not available go first: nobody misses them. */
export function shrinkOld(deployment: Deployment, family: Family): Sizes {
  const { newest, old } = family;
  const all = allOf(family);
  const minAvailable = desiredReplicas(deployment) - rolloutLimits(deployment).maxUnavailable;
  const newestUnavailable = newest === undefined ? 0 : replicasOf(newest) - availableOf(newest);
  let removable = totalReplicas(all) - minAvailable - newestUnavailable;
  let spare = all.reduce((sum, replicaSet) => sum + availableOf(replicaSet), 0) - minAvailable;
  const sizes = new Map<Persisted<ReplicaSet>, number>();
  if (removable <= 0) return sizes;
  for (const replicaSet of old) {
    const broken = Math.min(removable, Math.max(0, replicasOf(replicaSet) - availableOf(replicaSet)));
    if (broken > 0) sizes.set(replicaSet, replicasOf(replicaSet) - broken);
    removable -= broken;
  }
  for (const replicaSet of old) {
    const size = sizes.get(replicaSet) ?? replicasOf(replicaSet);
    const removed = Math.min(size, Math.max(0, spare));
    if (removed > 0) sizes.set(replicaSet, size - removed);
    spare -= removed;
  }
  return sizes;
}

/**
 * Sizes after the Deployment itself was scaled (or while it is paused): one active ReplicaSet gets all, several share in
 * proportion to what they have, so that a rollout under way keeps its mixture and its risk.
 */
export function rescale(deployment: Deployment, family: Family): Sizes {
  const desired = desiredReplicas(deployment);
  const all = allOf(family);
  const active = all.filter((replicaSet) => replicasOf(replicaSet) > 0);
  if (active.length <= 1) {
    const only = active[0] ?? family.newest ?? family.old.at(-1);
    return only === undefined ? noSizes : new Map([[only, desired]]);
  }
  if (isSaturated(desired, family.newest)) {
    return new Map(family.old.filter((replicaSet) => replicasOf(replicaSet) > 0).map((replicaSet) => [replicaSet, 0]));
  }
  return isRolling(deployment) ? shareOut(deployment, active) : noSizes;
}

function isSaturated(desired: number, newest: ReplicaSet | undefined): boolean {
  if (newest === undefined) return false;
  return replicasOf(newest) === desired && desiredReplicasOf(newest) === desired && availableOf(newest) === desired;
}

function shareOut(deployment: Deployment, active: readonly Persisted<ReplicaSet>[]): Sizes {
  const desired = desiredReplicas(deployment);
  const allowed = desired > 0 ? desired + rolloutLimits(deployment).maxSurge : 0;
  const change = allowed - totalReplicas(active);
  // The biggest first; of equals, the newest grows and the oldest shrinks.
  const ages = (a: Persisted, b: Persisted) => a.metadata.creationTimestamp.localeCompare(b.metadata.creationTimestamp);
  const ordered = [...active].sort((a, b) => replicasOf(b) - replicasOf(a) || (change > 0 ? ages(b, a) : ages(a, b)));
  const sizes = new Map<Persisted<ReplicaSet>, number>();
  let given = 0;
  for (const replicaSet of ordered) {
    const share = shareOf(deployment, replicaSet, allowed);
    const left = change - given;
    const bounded = change > 0 ? Math.min(share, left) : Math.max(share, left);
    const part = change === 0 || left === 0 ? 0 : bounded;
    sizes.set(replicaSet, replicasOf(replicaSet) + part);
    given += part;
  }
  const first = ordered[0];
  if (first !== undefined) sizes.set(first, Math.max(0, (sizes.get(first) ?? 0) + change - given));
  return sizes;
}

/** By how much one ReplicaSet would change if it kept its part of the whole. */
function shareOf(deployment: Deployment, replicaSet: ReplicaSet, allowed: number): number {
  const size = replicasOf(replicaSet);
  if (desiredReplicas(deployment) === 0) return -size;
  const before = maxReplicasOf(replicaSet) ?? deployment.status?.replicas ?? 0;
  return before === 0 ? 0 : Math.round((size * allowed) / before) - size;
}
