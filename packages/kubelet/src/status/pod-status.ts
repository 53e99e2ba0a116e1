import type { ContainerStatus as ApiContainerStatus, Container, Pod, PodStatus } from '@flotilla/api';
import { type Finish, isInitialized } from '../pods/plan.js';
import { isSidecar, type RuntimePod } from '../pods/pod-state.js';
import { apiTime } from './api-time.js';
import { podConditions } from './conditions.js';
import { containerStatusOf, type StatusFacts } from './container-status.js';

export interface PodStatusInput extends StatusFacts {
  readonly pod: Pod;
  readonly runtime: RuntimePod;
  readonly hostIp: string;
  /** When the kubelet first saw the pod, unless the API has it already. */
  readonly startTimeMs: number;
  readonly nowMs: number;
  readonly finished: Finish | undefined;
  /** The pod was deleted or failed, and nothing of it runs any more nor will again. */
  readonly terminated: boolean;
}

/** The pod's whole status as this node sees it, computed from the runtime alone; conditions of other writers are kept. */
export function podStatus(input: PodStatusInput): PodStatus {
  const { pod, runtime, hostIp } = input;
  const old = pod.status ?? {};
  const initialized = isInitialized(pod, runtime, input.isStarted);
  const containerStatuses = pod.spec.containers.map((container) =>
    containerStatusOf(input, container, old.containerStatuses, initialized ? 'ContainerCreating' : waitingReason(pod)),
  );
  const initContainerStatuses = (pod.spec.initContainers ?? []).map((container) =>
    containerStatusOf(input, container, old.initContainerStatuses, 'PodInitializing'),
  );
  const ephemeralContainerStatuses = (pod.spec.ephemeralContainers ?? []).map((container) =>
    containerStatusOf(input, container, old.ephemeralContainerStatuses, 'ContainerCreating'),
  );
  const phase = phaseOf(input, initialized, containerStatuses, initContainerStatuses);
  const podIp = runtime.sandbox?.ip ?? old.podIP;
  const conditions = podConditions({
    pod,
    runtime,
    phase,
    initialized,
    containerStatuses,
    initContainerStatuses,
    nowMs: input.nowMs,
  });
  const { reason, message } = input.finished ?? old;
  return {
    phase,
    conditions,
    ...(reason !== undefined && { reason }),
    ...(message !== undefined && { message }),
    hostIP: hostIp,
    hostIPs: [{ ip: hostIp }],
    ...(podIp !== undefined && { podIP: podIp, podIPs: [{ ip: podIp }] }),
    startTime: old.startTime ?? apiTime(input.startTimeMs),
    ...(initContainerStatuses.length > 0 && { initContainerStatuses }),
    containerStatuses,
    ...(ephemeralContainerStatuses.length > 0 && { ephemeralContainerStatuses }),
    ...(old.qosClass !== undefined && { qosClass: old.qosClass }),
  };
}

function waitingReason(pod: Pod): string {
  return (pod.spec.initContainers ?? []).length > 0 ? 'PodInitializing' : 'ContainerCreating';
}

/** Kubernetes' rules (Pod Lifecycle, "Pod phase"). A pod that has ended stays ended. */
function phaseOf(
  input: PodStatusInput,
  initialized: boolean,
  statuses: readonly ApiContainerStatus[],
  initStatuses: readonly ApiContainerStatus[],
): string {
  const { pod, finished } = input;
  const old = pod.status?.phase;
  if (old === 'Succeeded' || old === 'Failed') return old;
  if (finished !== undefined) return finished.phase;
  const ended = statuses.filter(({ state, lastState }) => state?.terminated ?? (state?.waiting && lastState?.terminated));
  const running = statuses.some(({ state }) => state?.running);
  if (input.terminated) return terminalPhase(statuses, initStatuses, pod.spec.initContainers ?? []);
  if (!initialized || statuses.length > ended.length + statuses.filter(({ state }) => state?.running).length) return 'Pending';
  return running || ended.length > 0 ? 'Running' : 'Pending';
}

function terminalPhase(
  statuses: readonly ApiContainerStatus[],
  initStatuses: readonly ApiContainerStatus[],
  initContainers: readonly Container[],
): string {
  const regularInit = initStatuses.filter((_, i) => !isSidecar(initContainers[i] ?? { name: '' }));
  const succeeded = (status: ApiContainerStatus) => status.state?.terminated?.exitCode === 0;
  return statuses.every(succeeded) && regularInit.every(succeeded) ? 'Succeeded' : 'Failed';
}
