import type { ContainerStatus as ApiContainerStatus, Container, ContainerState, ContainerStateTerminated } from '@flotilla/api';
import { attemptsOf, type RuntimePod } from '../pods/pod-state.js';
import type { ContainerStatus } from '../runtimes/runtime.js';
import { apiTime } from './api-time.js';

/** What a container's status needs to know beside the runtime. */
export interface StatusFacts {
  readonly runtime: RuntimePod;
  readonly runtimeName: string;
  readonly waiting: ReadonlyMap<string, { readonly reason: string; readonly message: string }>;
  isReady(containerId: string): boolean;
  isStarted(containerId: string): boolean;
}

export function containerStatusOf(
  facts: StatusFacts,
  container: Container,
  old: readonly ApiContainerStatus[] | undefined,
  waitingReason: string,
): ApiContainerStatus {
  const [latest, previous] = attemptsOf(facts.runtime, container.name);
  const waiting = facts.waiting.get(container.name);
  const running = latest?.state === 'CONTAINER_RUNNING';
  const started = running && facts.isStarted(latest.id);
  const state = stateOf(facts, latest, waiting, waitingReason);
  const lastEnded = state.waiting !== undefined && latest?.state === 'CONTAINER_EXITED' ? latest : previous;
  const before = old?.find(({ name }) => name === container.name);
  return {
    name: container.name,
    state,
    lastState: lastEnded?.state === 'CONTAINER_EXITED' ? { terminated: terminated(facts, lastEnded) } : {},
    ready: isReady(facts, latest, started),
    restartCount: latest?.attempt ?? before?.restartCount ?? 0,
    image: container.image ?? '',
    imageID: latest?.imageRef ?? '',
    ...(latest !== undefined && { containerID: containerId(facts, latest) }),
    started,
  };
}

function isReady(facts: StatusFacts, latest: ContainerStatus | undefined, started: boolean): boolean {
  return latest !== undefined && started && facts.isReady(latest.id);
}

function stateOf(
  facts: StatusFacts,
  latest: ContainerStatus | undefined,
  waiting: { readonly reason: string; readonly message: string } | undefined,
  waitingReason: string,
): ContainerState {
  if (latest?.state === 'CONTAINER_RUNNING') return { running: { startedAt: apiTime(latest.startedAtMs ?? latest.createdAtMs) } };
  if (waiting !== undefined) return { waiting: { ...waiting } };
  if (latest?.state === 'CONTAINER_EXITED') return { terminated: terminated(facts, latest) };
  return { waiting: { reason: waitingReason } };
}

function terminated(facts: StatusFacts, status: ContainerStatus): ContainerStateTerminated {
  const finishedAtMs = status.finishedAtMs ?? status.createdAtMs;
  return {
    exitCode: status.exitCode ?? 0,
    ...(status.signal !== undefined && { signal: status.signal }),
    reason: status.reason ?? (status.exitCode === 0 ? 'Completed' : 'Error'),
    ...(status.message !== undefined && { message: status.message }),
    startedAt: apiTime(status.startedAtMs ?? finishedAtMs),
    finishedAt: apiTime(finishedAtMs),
    containerID: containerId(facts, status),
  };
}

function containerId(facts: StatusFacts, status: ContainerStatus): string {
  return `${facts.runtimeName}://${status.id}`;
}
