import type { Container, Pod, PodSpec } from '../generated/types.js';
import type { Draft } from '../objects.js';
import { parseQuantity } from '../values/quantity.js';

/**
 * How a pod fares when its node runs out of memory. Guaranteed: every container has equal limits and requests of CPU and
 * memory. BestEffort: none has any. Burstable: all others.
 */
export function qosClassOf(spec: Draft<PodSpec>): 'Guaranteed' | 'Burstable' | 'BestEffort' {
  const containers = [...(spec.initContainers ?? []), ...(spec.containers ?? [])];
  const amounts = containers.flatMap(({ resources }) =>
    ['cpu', 'memory'].flatMap((name) => [resources?.requests?.[name], resources?.limits?.[name]]),
  );
  if (!amounts.some(isPositive)) return 'BestEffort';
  return containers.length > 0 && containers.every(isGuaranteed) ? 'Guaranteed' : 'Burstable';
}

function isGuaranteed({ resources }: Draft<Container>): boolean {
  return ['cpu', 'memory'].every((name) => {
    const limit = resources?.limits?.[name];
    const request = resources?.requests?.[name] ?? limit;
    return isPositive(limit) && parseQuantity(limit ?? '0').nano === parseQuantity(request ?? '0').nano;
  });
}

function isPositive(amount: string | undefined): boolean {
  return amount !== undefined && parseQuantity(amount).nano > 0n;
}

export function preparePodForCreate(pod: Draft<Pod>): void {
  pod.status = { phase: 'Pending', qosClass: qosClassOf(pod.spec ?? {}) };
  if ((pod.spec?.schedulingGates ?? []).length > 0) {
    pod.status.conditions = [
      {
        type: 'PodScheduled',
        status: 'False',
        reason: 'SchedulingGated',
        message: 'Scheduling is blocked due to non-empty scheduling gates',
      },
    ];
  }
}

/** A quality of service is decided once; who leaves it out of a status does not want to change it. */
export function keepQualityOfService({ status }: Draft<Pod>, old: Pod): void {
  if (status !== undefined && old.status?.qosClass !== undefined) status.qosClass ||= old.status.qosClass;
}

/**
 * How many seconds a pod gets to end: what the deletion asks for, or what its spec says. A pod that no node has, or that
 * has ended, needs none.
 */
export function podGracePeriodSeconds(pod: Pod, requested: number | undefined): number {
  const { phase } = pod.status ?? {};
  if ((pod.spec.nodeName ?? '') === '' || phase === 'Succeeded' || phase === 'Failed') return 0;
  const seconds = requested ?? pod.spec.terminationGracePeriodSeconds ?? 0;
  return seconds < 0 ? 1 : seconds;
}
