import { ageColumn, type Column, nameColumn, sinceText, textColumn, wide } from '../../columns/column.js';
import type { TableRowCondition } from '../../columns/table.js';
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

/** A pod that has run to its end, well or not, says so in its row. */
export function podRowConditions({ status }: Pod): readonly TableRowCondition[] {
  const completed = { type: 'Completed', status: 'True' } as const;
  if (status?.phase === 'Succeeded') {
    return [{ ...completed, reason: 'Succeeded', message: 'The pod has completed successfully.' }];
  }
  return status?.phase === 'Failed' ? [{ ...completed, reason: 'Failed', message: 'The pod failed.' }] : [];
}

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
  const pending = initStatuses.findIndex((status) => !isInitialized(status, sidecars));
  const running = pending < 0 || hasCondition(pod, 'Initialized');
  const seen = pending < 0 ? initStatuses : initStatuses.slice(0, pending + 1);
  const init = pending < 0 ? undefined : initReason(initStatuses[pending], pending, initContainers.length);
  // While init containers run, the others cannot have restarted: their own count is what the user wants to see.
  const counted = running ? [...seen.filter(({ name }) => sidecars.has(name)), ...statuses] : seen;
  const ready = seen.filter((status) => sidecars.has(status.name) && status.started === true && status.ready);
  return {
    reason: deletionReason(pod) ?? (running ? runningReason(pod, statuses, init) : init) ?? '',
    ready: ready.length + (running ? statuses.filter(isUp).length : 0),
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

/** Whether an init container has done its part: one that goes on running has when it has started. */
function isInitialized({ name, state, started }: ContainerStatus, sidecars: ReadonlySet<string>): boolean {
  return state?.terminated?.exitCode === 0 || (sidecars.has(name) && started === true);
}

/** @param index of the first init container that has not done its part */
function initReason(status: ContainerStatus | undefined, index: number, total: number): string {
  const { terminated, waiting } = status?.state ?? {};
  if (terminated !== undefined) return `Init:${exitText(terminated)}`;
  const { reason = '' } = waiting ?? {};
  return reason === '' || reason === 'PodInitializing' ? `Init:${index}/${total}` : `Init:${reason}`;
}

function hasCondition(pod: Pod, wanted: string): boolean {
  return pod.status?.conditions?.some(({ type, status }) => type === wanted && status === 'True') === true;
}

function isUp({ ready, state }: ContainerStatus): boolean {
  return ready && state?.running !== undefined;
}

/** @param init what is to be said of init containers, as long as the others have nothing to tell */
function runningReason(pod: Pod, statuses: readonly ContainerStatus[], init: string | undefined): string {
  const scheduled = pod.status?.conditions?.find((condition) => condition.type === 'PodScheduled');
  let reason = pod.status?.reason || (pod.status?.phase ?? '');
  if (scheduled?.reason === 'SchedulingGated') reason = 'SchedulingGated';
  reason = init ?? reason;
  let running = false;
  for (const status of [...statuses].reverse()) {
    const { terminated, waiting } = status.state ?? {};
    if (waiting?.reason !== undefined && waiting.reason !== '') reason = waiting.reason;
    else if (terminated !== undefined) reason = exitText(terminated);
    else if (isUp(status)) running = true;
  }
  if (reason !== 'Completed' || !running) return reason;
  return hasCondition(pod, 'Ready') ? 'Running' : 'NotReady';
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
