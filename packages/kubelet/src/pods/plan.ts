import type { Container, Pod } from '@flotilla/api';
import type { ContainerStatus } from '../runtimes/runtime.js';
import { isSidecar, latestOf, podText, type RuntimePod, shouldRestart, specHashOf } from './pod-state.js';

export interface PlanInput {
  readonly pod: Pod;
  readonly runtime: RuntimePod;
  readonly nowMs: number;
  /** When the pod was first seen by a kubelet, for `activeDeadlineSeconds`. */
  readonly startTimeMs: number;
  /** How long the container has still to wait after an attempt that ended at `finishedAtMs`; and the full wait, for the message. */
  backoff(containerName: string, finishedAtMs: number): { readonly remainingMs: number; readonly currentMs: number };
  /** The probe that gave up on this container, if one did. */
  failedProbe(containerId: string): 'liveness' | 'startup' | undefined;
  /** Whether the container's startup probe, if it has one, has succeeded. */
  isStarted(containerId: string): boolean;
}

export interface Start {
  readonly container: Container;
  readonly attempt: number;
  /** A container that was created but not started before the kubelet went away. */
  readonly createdId: string | undefined;
  /** When the attempt before it ended. */
  readonly previousFinishedAtMs: number | undefined;
}

export interface Kill {
  readonly status: ContainerStatus;
  readonly message: string;
}

/** What to do for a pod, decided from nothing but the arguments. */
export interface Plan {
  readonly createSandbox: boolean;
  readonly kill: readonly Kill[];
  readonly start: readonly Start[];
  /** Containers that wait, with the reason that their status shows. */
  readonly waiting: ReadonlyMap<string, { readonly reason: string; readonly message: string }>;
  /** Set when the pod is over: everything that still runs ends, and the sandbox too. */
  readonly finished: Finish | undefined;
  /** When to look again, though nothing happens. */
  readonly wakeInMs: number | undefined;
}

export interface Finish {
  readonly phase: 'Succeeded' | 'Failed';
  readonly reason?: string;
  readonly message?: string;
}

interface Draft {
  readonly kill: Kill[];
  readonly start: Start[];
  readonly waiting: Map<string, { reason: string; message: string }>;
  wakeInMs: number | undefined;
}

/** Compares what the pod wants with what runs. Init containers run one after the other, then all others at once. */
export function plan(input: PlanInput): Plan {
  const draft: Draft = { kill: [], start: [], waiting: new Map(), wakeInMs: undefined };
  const finished = finish(input, draft);
  if (finished !== undefined)
    return { createSandbox: false, kill: [], start: [], waiting: new Map(), finished, wakeInMs: undefined };
  if (planInit(input, draft))
    for (const container of input.pod.spec.containers) planContainer(input, container, input.pod.spec.restartPolicy, draft);
  // They join a pod that has its sandbox, run once, and count for nothing else.
  if (input.runtime.sandbox?.state === 'SANDBOX_READY')
    for (const container of input.pod.spec.ephemeralContainers ?? []) planContainer(input, container, 'Never', draft);
  const { sandbox } = input.runtime;
  const createSandbox = draft.start.length > 0 && sandbox?.state !== 'SANDBOX_READY';
  return { createSandbox, finished: undefined, ...draft };
}

/** Whether init containers, done once, need not be asked about again: their records may be gone after a while. */
export function isInitialized(pod: Pod, runtime: RuntimePod, isStarted: (containerId: string) => boolean): boolean {
  if (pod.spec.containers.some((container) => latestOf(runtime, container.name) !== undefined)) return true;
  return (pod.spec.initContainers ?? []).every((container) => {
    const status = latestOf(runtime, container.name);
    if (isSidecar(container)) return status?.state === 'CONTAINER_RUNNING' && isStarted(status.id);
    return status?.state === 'CONTAINER_EXITED' && status.exitCode === 0;
  });
}

function finish(input: PlanInput, draft: Draft): Finish | undefined {
  const { pod, runtime } = input;
  const deadlineSeconds = pod.spec.activeDeadlineSeconds;
  if (deadlineSeconds !== undefined) {
    const remainingMs = input.startTimeMs + deadlineSeconds * 1_000 - input.nowMs;
    if (remainingMs <= 0)
      return {
        phase: 'Failed',
        reason: 'DeadlineExceeded',
        message: 'Pod was active on the node longer than the specified deadline',
      };
    wakeIn(draft, remainingMs);
  }
  const policy = pod.spec.restartPolicy;
  const failedInit = (pod.spec.initContainers ?? []).some((container) => {
    const status = latestOf(runtime, container.name);
    return !isSidecar(container) && status?.state === 'CONTAINER_EXITED' && status.exitCode !== 0 && policy === 'Never';
  });
  if (failedInit && !isInitialized(pod, runtime, input.isStarted)) return { phase: 'Failed' };
  const ends = pod.spec.containers.map((container) => latestOf(runtime, container.name));
  const over = ends.every((status) => status?.state === 'CONTAINER_EXITED' && !shouldRestart(policy, status.exitCode ?? 0));
  if (!over || ends.length === 0) return undefined;
  return { phase: ends.every((status) => status?.exitCode === 0) ? 'Succeeded' : 'Failed' };
}

/** @returns whether the pod's main containers may run */
function planInit(input: PlanInput, draft: Draft): boolean {
  const { pod, runtime } = input;
  const initContainers = pod.spec.initContainers ?? [];
  const initialized = isInitialized(pod, runtime, input.isStarted);
  for (const container of initContainers) {
    const status = latestOf(runtime, container.name);
    if (isSidecar(container)) {
      planContainer(input, container, 'Always', draft);
      if (initialized || (status?.state === 'CONTAINER_RUNNING' && input.isStarted(status.id))) continue;
      return false;
    }
    if (initialized || (status?.state === 'CONTAINER_EXITED' && status.exitCode === 0)) continue;
    planContainer(input, container, pod.spec.restartPolicy === 'Never' ? 'Never' : 'OnFailure', draft);
    return false;
  }
  return true;
}

function planContainer(input: PlanInput, container: Container, restartPolicy: string | undefined, draft: Draft): void {
  const status = latestOf(input.runtime, container.name);
  if (status === undefined) {
    draft.start.push({ container, attempt: 0, createdId: undefined, previousFinishedAtMs: undefined });
  } else if (status.state === 'CONTAINER_CREATED') {
    draft.start.push({ container, attempt: status.attempt, createdId: status.id, previousFinishedAtMs: undefined });
  } else if (status.state === 'CONTAINER_RUNNING') {
    planRunning(input, container, status, draft);
  } else if (shouldRestart(restartPolicy, status.exitCode ?? 0)) {
    planRestart(input, container, status, draft);
  }
}

function planRunning(input: PlanInput, container: Container, status: ContainerStatus, draft: Draft): void {
  const probe = input.failedProbe(status.id);
  if (probe !== undefined) {
    draft.kill.push({ status, message: `Container ${container.name} failed ${probe} probe, will be restarted` });
  } else if (status.specHash !== specHashOf(container)) {
    draft.kill.push({ status, message: `Container ${container.name} definition changed, will be restarted` });
  }
}

function planRestart(input: PlanInput, container: Container, status: ContainerStatus, draft: Draft): void {
  const finishedAtMs = status.finishedAtMs ?? status.createdAtMs;
  const { remainingMs, currentMs } = input.backoff(container.name, finishedAtMs);
  if (remainingMs === 0) {
    draft.start.push({ container, attempt: status.attempt + 1, createdId: undefined, previousFinishedAtMs: finishedAtMs });
    return;
  }
  wakeIn(draft, remainingMs);
  const message = `back-off ${goDuration(currentMs)} restarting failed container=${container.name} pod=${podText(input.pod)}`;
  draft.waiting.set(container.name, { reason: 'CrashLoopBackOff', message });
}

function wakeIn(draft: Draft, ms: number): void {
  draft.wakeInMs = Math.min(ms, draft.wakeInMs ?? Number.POSITIVE_INFINITY);
}

/** 80000 → `1m20s`, as Go prints a duration of whole seconds. */
export function goDuration(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}
