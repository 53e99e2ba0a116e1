import { type FieldError, invalid } from '../../errors/field-error.js';
import { nonNegative } from '../../validation/check.js';

type Counts = Readonly<Record<string, unknown>>;

function countOf(status: Counts, name: string): number {
  const value = status[name];
  return typeof value === 'number' ? value : 0;
}

/** Counts of a status are never negative. */
export function validateCounts(status: object | undefined, names: readonly string[]): FieldError[] {
  const counts: Counts = { ...status };
  return names.flatMap((name) => nonNegative(`status.${name}`, countOf(counts, name)));
}

/** How many of something there are, of which how many are so and so: a part is not greater than the whole. */
export function validateParts(status: object | undefined, parts: readonly string[], readyName = 'readyReplicas'): FieldError[] {
  const counts: Counts = { ...status };
  const above = (name: string, whole: string, text: string): FieldError[] => {
    const value = countOf(counts, name);
    return value > countOf(counts, whole) ? [invalid(`status.${name}`, value, `cannot be greater than ${text}`)] : [];
  };
  return [
    ...parts.flatMap((name) => above(name, 'replicas', 'status.replicas')),
    ...above('availableReplicas', 'readyReplicas', readyName),
  ];
}

/** Names that were tried do not become free again. */
export function validateCollisions(status: object | undefined, old: object | undefined): FieldError[] {
  const [now, before]: Counts[] = [{ ...status }, { ...old }];
  const value = countOf(now ?? {}, 'collisionCount');
  return value < countOf(before ?? {}, 'collisionCount')
    ? [invalid('status.collisionCount', value, 'cannot be decremented')]
    : [];
}

/** The status of what keeps a number of pods: a ReplicaSet or a ReplicationController. */
export function validateReplicaStatus(status: object | undefined): FieldError[] {
  const parts = ['fullyLabeledReplicas', 'readyReplicas', 'availableReplicas'];
  return [...validateCounts(status, ['replicas', ...parts, 'observedGeneration']), ...validateParts(status, parts)];
}

/** How many pods are ending is counted only behind the gate DeploymentReplicaSetTerminatingReplicas, which Kubernetes 1.34 keeps shut. */
export function withoutTerminating({
  status,
}: {
  readonly status?: { terminatingReplicas?: number | undefined } | undefined;
}): void {
  delete status?.terminatingReplicas;
}
