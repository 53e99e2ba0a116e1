import type { Pod, PodSpec, ResourceRequirements } from '../generated/types.js';
import type { Draft } from '../objects.js';
import { parseQuantity } from '../values/quantity.js';
import { mergeLabelKeys } from './merge-label-keys.js';
import { adoptAppArmorAnnotations } from './profile-annotations.js';
import { statusLists } from './visit-containers.js';

/**
 * How a pod fares when its node runs out of memory. Guaranteed: every container has equal limits and requests of CPU and
 * memory. BestEffort: none has any. Burstable: all others. What a pod says as a whole counts in place of its containers.
 */
export function qosClassOf(spec: Draft<PodSpec>): 'Guaranteed' | 'Burstable' | 'BestEffort' {
  const containers = [...(spec.initContainers ?? []), ...(spec.containers ?? [])];
  const asked = spec.resources === undefined ? containers.map(({ resources }) => resources) : [spec.resources];
  const amounts = asked.flatMap((resources) =>
    ['cpu', 'memory'].flatMap((name) => [resources?.requests?.[name], resources?.limits?.[name]]),
  );
  if (!amounts.some(isPositive)) return 'BestEffort';
  return asked.every(isGuaranteed) ? 'Guaranteed' : 'Burstable';
}

function isGuaranteed(resources: Draft<ResourceRequirements> | undefined): boolean {
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
  const createdAt = pod.metadata?.creationTimestamp;
  if ((pod.spec?.schedulingGates ?? []).length > 0) {
    pod.status.conditions = [
      {
        type: 'PodScheduled',
        status: 'False',
        ...(createdAt === undefined ? {} : { lastTransitionTime: createdAt }),
        reason: 'SchedulingGated',
        message: 'Scheduling is blocked due to non-empty scheduling gates',
      },
    ];
  }
  mergeLabelKeys(pod);
  adoptAppArmorAnnotations(pod);
}

/**
 * A quality of service is decided once, and generations are not forgotten: who leaves them out of a status does not want to
 * change them. What belongs to features that Kubernetes 1.34 leaves off is taken away.
 */
export function preparePodStatus({ status }: Draft<Pod>, old: Pod): void {
  if (status === undefined) return;
  if (old.status?.qosClass !== undefined) status.qosClass ||= old.status.qosClass;
  if (old.status?.observedGeneration !== undefined) status.observedGeneration ||= old.status.observedGeneration;
  const conditions = [...(old.status?.conditions ?? [])];
  for (const condition of status.conditions ?? []) {
    const index = conditions.findIndex(({ type }) => type === condition.type);
    const [before] = index < 0 ? [] : conditions.splice(index, 1);
    if (before?.observedGeneration !== undefined) condition.observedGeneration ||= before.observedGeneration;
  }
  delete status.extendedResourceClaimStatus;
  for (const name of statusLists) {
    for (const container of status[name] ?? []) delete container.allocatedResourcesStatus;
  }
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
