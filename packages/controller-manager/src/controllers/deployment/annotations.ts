import type { Deployment, ReplicaSet } from '@flotilla/api';

export const revisionAnnotation = 'deployment.kubernetes.io/revision';
const revisionHistoryAnnotation = 'deployment.kubernetes.io/revision-history';
const desiredReplicasAnnotation = 'deployment.kubernetes.io/desired-replicas';
const maxReplicasAnnotation = 'deployment.kubernetes.io/max-replicas';

type Annotations = Readonly<Record<string, string>>;

/** Annotations of a Deployment that say something about itself only; all others are its ReplicaSets' too. */
const notCopied: ReadonlySet<string> = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  revisionAnnotation,
  revisionHistoryAnnotation,
  desiredReplicasAnnotation,
  maxReplicasAnnotation,
  'deprecated.deployment.rollback.to',
]);

export function revisionOf(object: Pick<ReplicaSet, 'metadata'>): number {
  return Number(object.metadata.annotations?.[revisionAnnotation] ?? 0) || 0;
}

/** The size that the Deployment had when it last sized this ReplicaSet. */
export function desiredReplicasOf(replicaSet: ReplicaSet): number | undefined {
  return numberIn(replicaSet, desiredReplicasAnnotation);
}

export function maxReplicasOf(replicaSet: ReplicaSet): number | undefined {
  return numberIn(replicaSet, maxReplicasAnnotation);
}

function numberIn(object: Pick<ReplicaSet, 'metadata'>, name: string): number | undefined {
  const text = object.metadata.annotations?.[name];
  const number = Number(text);
  return text === undefined || !Number.isInteger(number) ? undefined : number;
}

/** What a ReplicaSet is told of the size that it is a part of. */
export function sizeAnnotations(desired: number, maxSurge: number): Annotations {
  return { [desiredReplicasAnnotation]: String(desired), [maxReplicasAnnotation]: String(desired + maxSurge) };
}

/** The annotations of the ReplicaSet of the current template. A template that was current before gets a new revision. */
export function newestAnnotations(deployment: Deployment, current: ReplicaSet | undefined, revision: number): Annotations {
  const copied = Object.entries(deployment.metadata.annotations ?? {}).filter(([name]) => !notCopied.has(name));
  const old = current?.metadata.annotations ?? {};
  const oldRevision = current === undefined ? 0 : revisionOf(current);
  const annotations = { ...old, ...Object.fromEntries(copied) };
  if (oldRevision >= revision) return annotations;
  const history = [old[revisionHistoryAnnotation], oldRevision === 0 ? undefined : String(oldRevision)];
  const text = history.filter((part) => part !== undefined && part !== '').join(',');
  return {
    ...annotations,
    [revisionAnnotation]: String(revision),
    ...(text !== '' && { [revisionHistoryAnnotation]: text }),
  };
}
