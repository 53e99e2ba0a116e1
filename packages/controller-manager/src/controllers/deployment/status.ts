import type { Deployment, DeploymentCondition, DeploymentStatus, Persisted } from '@flotilla/api';
import { timestamp } from '@flotilla/controller-kit';
import { desiredReplicas, rolloutLimits } from './rollout-limits.js';
import { allOf, availableOf, type Family, totalReplicas } from './sizes.js';

/** What the reconcile did or met that a condition tells of. */
export interface Outcome {
  readonly created?: string;
  readonly createError?: string;
}

type Progress = Pick<DeploymentCondition, 'status' | 'reason' | 'message'>;

/** Go's largest int32: as a progress deadline, it means none. */
const noDeadline = 2_147_483_647;

/** What the Deployment's status should say now. */
export function statusOf(deployment: Persisted<Deployment>, family: Family, outcome: Outcome, nowMs: number): DeploymentStatus {
  const all = allOf(family);
  const sum = (count: 'replicas' | 'readyReplicas') => all.reduce((total, { status }) => total + (status?.[count] ?? 0), 0);
  const availableReplicas = all.reduce((total, replicaSet) => total + availableOf(replicaSet), 0);
  const { collisionCount } = deployment.status ?? {};
  const counts: DeploymentStatus = {
    observedGeneration: deployment.metadata.generation ?? 0,
    replicas: sum('replicas'),
    updatedReplicas: family.newest?.status?.replicas ?? 0,
    readyReplicas: sum('readyReplicas'),
    availableReplicas,
    unavailableReplicas: Math.max(0, totalReplicas(all) - availableReplicas),
    ...(collisionCount !== undefined && { collisionCount }),
  };
  let conditions = setCondition(deployment.status?.conditions ?? [], availability(deployment, availableReplicas), nowMs);
  conditions = withProgress(deployment, family, counts, outcome, conditions, nowMs);
  conditions = withReplicaFailure(family, conditions);
  return { ...counts, conditions };
}

/** Every pod has the current template and is available. */
export function isComplete(deployment: Deployment, status: DeploymentStatus): boolean {
  const desired = desiredReplicas(deployment);
  const { updatedReplicas = 0, replicas = 0, availableReplicas = 0, observedGeneration = 0 } = status;
  return (
    updatedReplicas === desired &&
    replicas === desired &&
    availableReplicas === desired &&
    observedGeneration >= (deployment.metadata.generation ?? 0)
  );
}

/** When an unfinished rollout runs into its deadline. @returns undefined when it has none, or is over */
export function msUntilDeadline(deployment: Deployment, status: DeploymentStatus, nowMs: number): number | undefined {
  const deadlineSeconds = deadlineOf(deployment);
  const progressing = status.conditions?.find(({ type }) => type === 'Progressing');
  if (deadlineSeconds === undefined || progressing === undefined || deployment.spec.paused === true) return undefined;
  if (['NewReplicaSetAvailable', 'ProgressDeadlineExceeded'].includes(progressing.reason ?? '')) return undefined;
  const sinceMs = Date.parse(progressing.lastUpdateTime ?? '');
  // A second more: timestamps are cut off to the second.
  return Number.isNaN(sinceMs) ? undefined : Math.max(1_000, sinceMs + (deadlineSeconds + 1) * 1_000 - nowMs);
}

function availability(deployment: Deployment, availableReplicas: number): Progress & { type: string } {
  const enough = availableReplicas >= desiredReplicas(deployment) - rolloutLimits(deployment).maxUnavailable;
  return enough
    ? condition('Available', 'True', 'MinimumReplicasAvailable', 'Deployment has minimum availability.')
    : condition('Available', 'False', 'MinimumReplicasUnavailable', 'Deployment does not have minimum availability.');
}

function withProgress(
  deployment: Persisted<Deployment>,
  family: Family,
  counts: DeploymentStatus,
  outcome: Outcome,
  conditions: readonly DeploymentCondition[],
  nowMs: number,
): readonly DeploymentCondition[] {
  const deadlineSeconds = deadlineOf(deployment);
  if (deadlineSeconds === undefined) return conditions.filter(({ type }) => type !== 'Progressing');
  const old = conditions.find(({ type }) => type === 'Progressing');
  const what =
    family.newest === undefined ? `Deployment "${deployment.metadata.name}"` : `ReplicaSet "${family.newest.metadata.name}"`;
  const progressing = (status: string, reason: string, message: string) =>
    setCondition(conditions, condition('Progressing', status, reason, message), nowMs);

  if (outcome.createError !== undefined) return progressing('False', 'ReplicaSetCreateError', outcome.createError);
  if (outcome.created !== undefined) {
    return progressing('True', 'NewReplicaSetCreated', `Created new replica set "${outcome.created}"`);
  }
  if (deployment.spec.paused === true) {
    return old?.reason === 'ProgressDeadlineExceeded'
      ? conditions
      : progressing('Unknown', 'DeploymentPaused', 'Deployment is paused');
  }
  if (old?.reason === 'DeploymentPaused') return progressing('Unknown', 'DeploymentResumed', 'Deployment is resumed');
  if (counts.replicas === counts.updatedReplicas && old?.reason === 'NewReplicaSetAvailable') return conditions;
  if (isComplete(deployment, counts)) {
    return progressing('True', 'NewReplicaSetAvailable', `${what} has successfully progressed.`);
  }
  if (old === undefined && family.newest !== undefined) {
    return progressing('True', 'FoundNewReplicaSet', `Found new replica set "${family.newest.metadata.name}"`);
  }
  if (movedOn(deployment.status ?? {}, counts)) return touch(conditions, `${what} is progressing.`, nowMs);
  if (old !== undefined && timedOut(old, deadlineSeconds, nowMs)) {
    return progressing('False', 'ProgressDeadlineExceeded', `${what} has timed out progressing.`);
  }
  return conditions;
}

/** More pods of the current template, fewer of the old ones, or more that work. */
function movedOn(old: DeploymentStatus, now: DeploymentStatus): boolean {
  const outdated = (status: DeploymentStatus) => (status.replicas ?? 0) - (status.updatedReplicas ?? 0);
  return (
    (now.updatedReplicas ?? 0) > (old.updatedReplicas ?? 0) ||
    outdated(now) < outdated(old) ||
    (now.readyReplicas ?? 0) > (old.readyReplicas ?? 0) ||
    (now.availableReplicas ?? 0) > (old.availableReplicas ?? 0)
  );
}

function timedOut(progressing: DeploymentCondition, deadlineSeconds: number, nowMs: number): boolean {
  if (progressing.reason === 'ProgressDeadlineExceeded') return true;
  if (progressing.reason === 'NewReplicaSetAvailable') return false;
  return Date.parse(progressing.lastUpdateTime ?? '') + deadlineSeconds * 1_000 < nowMs;
}

function withReplicaFailure(family: Family, conditions: readonly DeploymentCondition[]): readonly DeploymentCondition[] {
  const others = conditions.filter(({ type }) => type !== 'ReplicaFailure');
  const failing = [...(family.newest === undefined ? [] : [family.newest]), ...family.old]
    .flatMap(({ status }) => status?.conditions ?? [])
    .find(({ type }) => type === 'ReplicaFailure');
  if (failing === undefined) return others;
  const { lastTransitionTime } = failing;
  return [...others, { ...failing, ...(lastTransitionTime !== undefined && { lastUpdateTime: lastTransitionTime }) }];
}

/** The rollout moved: its clock starts again, even when status and reason stay as they are. */
function touch(conditions: readonly DeploymentCondition[], message: string, nowMs: number): readonly DeploymentCondition[] {
  const old = conditions.find(({ type }) => type === 'Progressing');
  const now = timestamp(nowMs);
  const lastTransitionTime = old?.status === 'True' ? (old.lastTransitionTime ?? now) : now;
  const next = { ...condition('Progressing', 'True', 'ReplicaSetUpdated', message), lastUpdateTime: now, lastTransitionTime };
  return [...conditions.filter((one) => one !== old), next];
}

function condition(type: string, status: string, reason: string, message: string) {
  return { type, status, reason, message };
}

/** A condition of the same status and reason is left alone, with its times. */
function setCondition(
  conditions: readonly DeploymentCondition[],
  next: DeploymentCondition,
  nowMs: number,
): readonly DeploymentCondition[] {
  const old = conditions.find(({ type }) => type === next.type);
  if (old?.status === next.status && old.reason === next.reason) return conditions;
  const now = timestamp(nowMs);
  const lastTransitionTime = old?.status === next.status ? (old.lastTransitionTime ?? now) : now;
  return [...conditions.filter((one) => one !== old), { ...next, lastUpdateTime: now, lastTransitionTime }];
}

function deadlineOf({ spec }: Deployment): number | undefined {
  const seconds = spec.progressDeadlineSeconds;
  return seconds === undefined || seconds === noDeadline ? undefined : seconds;
}

const countNames = [
  'observedGeneration',
  'replicas',
  'updatedReplicas',
  'readyReplicas',
  'availableReplicas',
  'unavailableReplicas',
  'collisionCount',
] as const;

/** The server leaves out counts that are zero, so zero and absent are the same. */
export function sameStatus(a: DeploymentStatus | undefined, b: DeploymentStatus): boolean {
  if (a === undefined) return false;
  const sameCounts = countNames.every((name) => (a[name] ?? 0) === (b[name] ?? 0));
  return sameCounts && JSON.stringify(a.conditions ?? []) === JSON.stringify(b.conditions ?? []);
}
