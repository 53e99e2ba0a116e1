import { hasReason, type Persisted, type Pod } from '@flotilla/api';
import type { Clock, Logger } from '@flotilla/base';
import type { ResourceClient } from '@flotilla/client';
import { type EventRecorder, timestamp } from '@flotilla/controller-kit';
import type { Evict } from './plugins/default-preemption/index.js';

export interface EvictDeps {
  readonly pods: ResourceClient<Pod>;
  readonly recorder: EventRecorder;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** Deletes the victims of a preemption, each with its own grace period. A failure is mended by the next attempt of the preemptor. */
export function apiEvict({ pods, recorder, clock, log, signal }: EvictDeps): Evict {
  const evict = async (victim: Persisted<Pod>, preemptor: Persisted<Pod>, nodeName: string) => {
    const { name, namespace = '', uid } = victim.metadata;
    const condition = {
      type: 'DisruptionTarget',
      status: 'True',
      reason: 'PreemptionByScheduler',
      message: 'default-scheduler: preempting to accommodate a higher priority pod',
      lastTransitionTime: timestamp(clock.wallMs()),
    };
    try {
      await pods.patchStatus(name, { status: { conditions: [condition] } }, { namespace, type: 'strategic', signal });
      await pods.delete(name, { namespace, preconditions: { uid }, signal });
      recorder.normal(victim, 'Preempted', `Preempted by pod ${preemptor.metadata.uid} on node ${nodeName}`);
    } catch (error) {
      if (signal.aborted || hasReason(error, 'NotFound')) return;
      log.warn({ err: error, victim: `${namespace}/${name}`, preemptor: preemptor.metadata.name }, 'preemption failed');
    }
  };
  return (victims, preemptor, nodeName) => {
    for (const victim of victims) void evict(victim, preemptor, nodeName);
  };
}
