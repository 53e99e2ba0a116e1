import { createHash } from 'node:crypto';
import type { Container, Pod } from '@flotilla/api';
import { gracePeriodSecondsDefault } from '../limits.js';
import type { ContainerStatus, PodSandbox } from '../runtimes/runtime.js';

/** What the runtime has of one pod. */
export interface RuntimePod {
  readonly sandbox: PodSandbox | undefined;
  /** All containers, of earlier attempts too. */
  readonly containers: readonly ContainerStatus[];
}

export function podUid(pod: Pod): string {
  return pod.metadata.uid ?? '';
}

/** `default/web-1`. */
export function podKey(pod: Pod): string {
  return `${pod.metadata.namespace}/${pod.metadata.name}`;
}

/** `web-1_default(uid)`: how Kubernetes' messages name a pod. */
export function podText(pod: Pod): string {
  return `${pod.metadata.name}_${pod.metadata.namespace}(${pod.metadata.uid})`;
}

/** The attempts at one container, latest first. */
export function attemptsOf(runtime: RuntimePod, name: string): readonly ContainerStatus[] {
  return runtime.containers
    .filter((status) => status.name === name)
    .sort((a, b) => b.attempt - a.attempt || b.createdAtMs - a.createdAtMs);
}

export function latestOf(runtime: RuntimePod, name: string): ContainerStatus | undefined {
  return attemptsOf(runtime, name)[0];
}

/** An init container with `restartPolicy: Always` runs beside the others as long as the pod does. */
export function isSidecar(container: Container): boolean {
  return container.restartPolicy === 'Always';
}

export function shouldRestart(restartPolicy: string | undefined, exitCode: number): boolean {
  if (restartPolicy === 'Never') return false;
  return restartPolicy === 'OnFailure' ? exitCode !== 0 : true;
}

/** Changes when the container has to be made anew: the API lets only its image change. */
export function specHashOf(container: Container): string {
  return createHash('sha256')
    .update(JSON.stringify([container.name, container.image]))
    .digest('hex')
    .slice(0, 16);
}

export function isTerminating(pod: Pod): boolean {
  return pod.metadata.deletionTimestamp !== undefined;
}

export function isFinished(pod: Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}

/** How long the pod's containers may take to end: what the deletion asked for, else what the pod says. */
export function graceMs(pod: Pod): number {
  const seconds = pod.metadata.deletionGracePeriodSeconds ?? pod.spec.terminationGracePeriodSeconds ?? gracePeriodSecondsDefault;
  return Math.max(0, seconds) * 1_000;
}
