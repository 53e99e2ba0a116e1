import { ageColumn, type Column, nameColumn, sinceText, textColumn, wide } from '../../columns/column.js';
import type { Container, ContainerStatus, Pod } from '../../generated/types.js';

export const podColumns: readonly Column<Pod>[] = [
  nameColumn,
  textColumn('Ready', 'How many of its containers are ready.', (pod) => {
    const { ready, total } = summaryOf(pod);
    return `${ready}/${total}`;
  }),
  textColumn('Status', 'Its phase, or why it is not running.', (pod) => summaryOf(pod).reason),
  textColumn('Restarts', 'How often its containers were restarted, and when last.', restartsText),
  ageColumn,
  wide(textColumn('IP', 'Its address.', (pod) => orNone(pod.status?.podIPs?.[0]?.ip ?? pod.status?.podIP))),
  wide(textColumn('Node', 'The node that it is bound to.', (pod) => orNone(pod.spec.nodeName))),
  wide(
    textColumn('Nominated Node', 'The node on which room is being made for it.', (pod) => orNone(pod.status?.nominatedNodeName)),
  ),
  wide(textColumn('Readiness Gates', 'How many of its readiness gates are passed.', readinessGatesText)),
];

interface Summary {
  readonly reason: string;
  readonly ready: number;
  readonly total: number;
  readonly restarts: number;
  /** RFC 3339, or empty when nothing was restarted. */
  readonly lastRestart: string;
}

/** One line's worth of a pod: what `kubectl get pods` tells. */
function summaryOf(pod: Pod): Summary {
  const initContainers = pod.spec.initContainers ?? [];
  const sidecars = new Set(initContainers.filter(isRestartable).map((container) => container.name));
  const statuses = pod.status?.containerStatuses ?? [];
  const initStatuses = pod.status?.initContainerStatuses ?? [];
  const startedSidecars = initStatuses.filter((status) => sidecars.has(status.name));
  const init = initReason(initStatuses, sidecars, initContainers.length);
  // While init containers run, the others cannot have restarted: their own count is what the user wants to see.
  const counted = init === undefined ? [...startedSidecars, ...statuses] : initStatuses;
  const readyOf = (list: readonly ContainerStatus[]) =>
    list.filter((status) => status.ready && status.state?.running !== undefined).length;
  return {
    reason: deletionReason(pod) ?? init ?? runningReason(pod, statuses),
    ready: readyOf(startedSidecars) + (init === undefined ? readyOf(statuses) : 0),
    total: pod.spec.containers.length + sidecars.size,
    restarts: counted.reduce((sum, status) => sum + (status.restartCount ?? 0), 0),
    lastRestart:
      counted
        .map((status) => status.lastState?.terminated?.finishedAt ?? '')
        .sort()
        .at(-1) ?? '',
  };
}

function deletionReason(pod: Pod): string | undefined {
  if (pod.metadata.deletionTimestamp === undefined) return undefined;
  if (pod.status?.reason === 'NodeLost') return 'Unknown';
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed' ? undefined : 'Terminating';
}

function isRestartable(container: Container): boolean {
  return container.restartPolicy === 'Always';
}

/** @returns undefined once every init container has done its part */
function initReason(statuses: readonly ContainerStatus[], sidecars: ReadonlySet<string>, total: number): string | undefined {
  for (const [index, status] of statuses.entries()) {
    const { terminated, waiting } = status.state ?? {};
    if (terminated?.exitCode === 0) continue;
    if (sidecars.has(status.name) && status.started === true) continue;
    if (terminated !== undefined) return `Init:${exitText(terminated)}`;
    if (waiting?.reason !== undefined && waiting.reason !== '' && waiting.reason !== 'PodInitializing')
      return `Init:${waiting.reason}`;
    return `Init:${index}/${total}`;
  }
  return undefined;
}

function runningReason(pod: Pod, statuses: readonly ContainerStatus[]): string {
  const scheduled = pod.status?.conditions?.find((condition) => condition.type === 'PodScheduled');
  let reason = pod.status?.reason ?? pod.status?.phase ?? '';
  if (scheduled?.reason === 'SchedulingGated') reason = 'SchedulingGated';
  let running = false;
  for (const status of [...statuses].reverse()) {
    const { terminated, waiting } = status.state ?? {};
    if (waiting?.reason !== undefined && waiting.reason !== '') reason = waiting.reason;
    else if (terminated !== undefined) reason = exitText(terminated);
    else if (status.ready && status.state?.running !== undefined) running = true;
  }
  if (reason !== 'Completed' || !running) return reason;
  return pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ? 'Running' : 'NotReady';
}

function exitText(state: { readonly exitCode: number; readonly signal?: number; readonly reason?: string }): string {
  if (state.reason !== undefined && state.reason !== '') return state.reason;
  return state.signal !== undefined && state.signal !== 0 ? `Signal:${state.signal}` : `ExitCode:${state.exitCode}`;
}

function restartsText(pod: Pod, nowMs: number): string {
  const { restarts, lastRestart } = summaryOf(pod);
  return restarts > 0 && lastRestart !== '' ? `${restarts} (${sinceText(lastRestart, nowMs)} ago)` : String(restarts);
}

function readinessGatesText(pod: Pod): string {
  const gates = pod.spec.readinessGates ?? [];
  if (gates.length === 0) return '<none>';
  const passed = gates.filter((gate) =>
    pod.status?.conditions?.some((condition) => condition.type === gate.conditionType && condition.status === 'True'),
  );
  return `${passed.length}/${gates.length}`;
}

function orNone(text: string | undefined): string {
  return text === undefined || text === '' ? '<none>' : text;
}
