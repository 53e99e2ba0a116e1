import type { Pod } from '@flotilla/api';
import { type Clock, errorMessage } from '@flotilla/base';
import type { ContainerRuntime } from '../runtimes/runtime.js';
import { StopDeadline } from '../runtimes/runtime.js';
import type { EventSink } from './event-sink.js';
import { runHook } from './lifecycle-hooks.js';
import type { Kill } from './plan.js';
import type { RuntimePod } from './pod-state.js';

/** However long a `preStop` hook took, the container still gets this long after SIGTERM. */
const graceAfterHookMsMin = 2_000;

/** Stops containers side by side: `preStop` hook, SIGTERM, and at the deadline SIGKILL. */
export async function stopContainers(
  deps: { readonly runtime: ContainerRuntime; readonly clock: Clock; readonly events: EventSink },
  pod: Pod,
  runtime: RuntimePod,
  kills: readonly Kill[],
  deadline: StopDeadline,
): Promise<void> {
  await Promise.all(
    kills.map(async ({ status, message }) => {
      deps.events.record(pod, 'Normal', 'Killing', message, status.name);
      const afterHook = status.state === 'CONTAINER_RUNNING' ? await runPreStop(deps, pod, runtime, status, deadline) : deadline;
      await deps.runtime.stopContainer(status.id, afterHook);
    }),
  );
}

async function runPreStop(
  { runtime, clock, events }: { readonly runtime: ContainerRuntime; readonly clock: Clock; readonly events: EventSink },
  pod: Pod,
  { sandbox }: RuntimePod,
  status: Kill['status'],
  deadline: StopDeadline,
): Promise<StopDeadline> {
  const container = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].find(({ name }) => name === status.name);
  const handler = container?.lifecycle?.preStop;
  const leftMs = deadline.atMs - clock.monotonicMs();
  if (container === undefined || handler === undefined || leftMs <= 0) return deadline;
  const target = { runtime, clock, container, containerId: status.id, podIp: sandbox?.ip ?? '' };
  await runHook(handler, target, leftMs).catch((error: unknown) => {
    events.record(pod, 'Warning', 'FailedPreStopHook', `PreStopHook failed: ${errorMessage(error)}`, status.name);
  });
  const leastMs = clock.monotonicMs() + graceAfterHookMsMin;
  return deadline.atMs >= leastMs ? deadline : new StopDeadline(leastMs);
}
