import { equalJson, hasReason, type Persisted, type Pod, type PodCondition } from '@flotilla/api';
import type { Clock, Logger } from '@flotilla/base';
import type { ResourceClient } from '@flotilla/client';
import { type EventRecorder, podCondition, timestamp } from '@flotilla/controller-kit';
import type { SchedulerMetrics } from './metrics.js';
import type { Reporter } from './scheduler.js';

export interface ReporterDeps {
  readonly pods: ResourceClient<Pod>;
  readonly recorder: EventRecorder;
  readonly metrics: SchedulerMetrics;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** Tells people by events, and programs by the PodScheduled condition. Failing to tell changes nothing. */
export function apiReporter({ pods, recorder, metrics, clock, log, signal }: ReporterDeps): Reporter {
  const write = async (pod: Persisted<Pod>, reason: string, message: string, nominatedNodeName: string | undefined) => {
    const patch = statusPatch(pod, { type: 'PodScheduled', status: 'False', reason, message }, nominatedNodeName, clock.wallMs());
    if (patch === undefined) return;
    try {
      await pods.patchStatus(pod.metadata.name, patch, { namespace: pod.metadata.namespace ?? '', type: 'strategic', signal });
    } catch (error) {
      if (!signal.aborted && !hasReason(error, 'NotFound'))
        log.warn({ err: error, pod: pod.metadata.name }, 'status not written');
    }
  };
  return {
    scheduled(pod, nodeName) {
      recorder.normal(pod, 'Scheduled', `Successfully assigned ${pod.metadata.namespace}/${pod.metadata.name} to ${nodeName}`);
    },
    failed(pod, reason, message, nominatedNodeName) {
      recorder.warning(pod, 'FailedScheduling', message);
      void write(pod, reason, message, nominatedNodeName);
    },
    attempted: (result, seconds) => metrics.attempted(result, seconds),
  };
}

/**
 * @param nominatedNodeName '' removes it; undefined leaves it
 * @returns undefined when the pod says so already
 */
export function statusPatch(
  pod: Pod,
  condition: Pick<PodCondition, 'type' | 'status' | 'reason' | 'message'>,
  nominatedNodeName: string | undefined,
  nowMs: number,
): { readonly status: object } | undefined {
  const old = podCondition(pod, condition.type);
  const { type, status, reason, message } = old ?? {};
  const sameNode = nominatedNodeName === undefined || nominatedNodeName === (pod.status?.nominatedNodeName ?? '');
  if (sameNode && equalJson({ type, status, reason, message }, condition)) return undefined;
  const lastTransitionTime = old?.status === condition.status ? old?.lastTransitionTime : timestamp(nowMs);
  return {
    status: {
      conditions: [{ ...condition, ...(lastTransitionTime !== undefined && { lastTransitionTime }) }],
      ...(sameNode ? {} : { nominatedNodeName: nominatedNodeName || null }),
    },
  };
}
