import type { ContainerStatus as ApiContainerStatus, Pod, PodCondition } from '@flotilla/api';
import { isSidecar, type RuntimePod } from '../pods/pod-state.js';
import { apiTime } from './api-time.js';

export interface ConditionsInput {
  readonly pod: Pod;
  readonly runtime: RuntimePod;
  readonly phase: string;
  readonly initialized: boolean;
  readonly containerStatuses: readonly ApiContainerStatus[];
  readonly initContainerStatuses: readonly ApiContainerStatus[];
  readonly nowMs: number;
}

interface Verdict {
  readonly status: 'True' | 'False';
  readonly reason?: string;
  readonly message?: string;
}

/** The conditions that the kubelet alone sets. */
export const ownConditionTypes = ['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady'] as const;

const met: Verdict = { status: 'True' };

/** The kubelet's conditions in Kubernetes' words, then everybody else's (PodScheduled, readiness gates) as they are. */
export function podConditions(input: ConditionsInput): PodCondition[] {
  const old = input.pod.status?.conditions ?? [];
  const containersReady = containersReadyVerdict(input);
  const verdicts: Readonly<Record<(typeof ownConditionTypes)[number], Verdict>> = {
    PodReadyToStartContainers: { status: input.runtime.sandbox?.state === 'SANDBOX_READY' ? 'True' : 'False' },
    Initialized: initializedVerdict(input),
    Ready: readyVerdict(input, containersReady),
    ContainersReady: containersReady,
  };
  const own = ownConditionTypes.map((type) => withTransition(type, verdicts[type], old, input.nowMs));
  const types = new Set<string>(own.map(({ type }) => type));
  const others = old.filter(({ type }) => !types.has(type));
  if (!others.some(({ type }) => type === 'PodScheduled')) others.push(withTransition('PodScheduled', met, old, input.nowMs));
  return [...own, ...others];
}

function initializedVerdict({ pod, phase, initialized, initContainerStatuses }: ConditionsInput): Verdict {
  if (phase === 'Succeeded') return { status: 'True', reason: 'PodCompleted' };
  if (initialized) return met;
  const regular = new Set((pod.spec.initContainers ?? []).filter((container) => !isSidecar(container)).map(({ name }) => name));
  const incomplete = initContainerStatuses.filter(({ name, state, started }) =>
    regular.has(name) ? state?.terminated?.exitCode !== 0 : started !== true,
  );
  return {
    status: 'False',
    reason: 'ContainersNotInitialized',
    message: `containers with incomplete status: [${names(incomplete)}]`,
  };
}

function containersReadyVerdict({ pod, phase, containerStatuses, initContainerStatuses }: ConditionsInput): Verdict {
  if (phase === 'Succeeded') return { status: 'False', reason: 'PodCompleted' };
  if (phase === 'Failed') return { status: 'False', reason: 'PodFailed' };
  const sidecars = initContainerStatuses.filter((_, i) => isSidecar(pod.spec.initContainers?.[i] ?? { name: '' }));
  const unready = [...sidecars, ...containerStatuses].filter(({ ready }) => !ready);
  return unready.length === 0
    ? met
    : { status: 'False', reason: 'ContainersNotReady', message: `containers with unready status: [${names(unready)}]` };
}

function readyVerdict({ pod }: ConditionsInput, containersReady: Verdict): Verdict {
  if (containersReady.status === 'False') return containersReady;
  const gates = (pod.spec.readinessGates ?? []).map(({ conditionType }) => conditionType);
  const statusOf = (type: string) => pod.status?.conditions?.find((condition) => condition.type === type)?.status;
  const missing = gates.filter((gate) => statusOf(gate) !== 'True');
  if (missing.length === 0) return met;
  const texts = missing.map(
    (gate) =>
      `${statusOf(gate) === undefined ? `corresponding condition of pod readiness gate "${gate}" does not exist.` : `the status of pod readiness gate "${gate}" is not "True", but ${statusOf(gate)}`}`,
  );
  return { status: 'False', reason: 'ReadinessGatesNotReady', message: texts.join(', ') };
}

function withTransition(type: string, verdict: Verdict, old: readonly PodCondition[], nowMs: number): PodCondition {
  const before = old.find((condition) => condition.type === type);
  const since = before?.status === verdict.status ? before.lastTransitionTime : undefined;
  return { type, ...verdict, lastTransitionTime: since ?? apiTime(nowMs) };
}

function names(statuses: readonly ApiContainerStatus[]): string {
  return statuses.map(({ name }) => name).join(' ');
}
