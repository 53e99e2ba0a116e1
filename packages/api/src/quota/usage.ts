import type { PersistentVolumeClaim, Pod, Service } from '../generated/types.js';
import { storageClassOf } from '../kinds/storage/class-name.js';
import type { Draft, GroupResource, KubernetesObject } from '../objects.js';
import { type Amounts, addAmounts, podAmounts } from '../pods/pod-amounts.js';
import { isExtended, isHugePages } from '../validation/resource-names.js';
import { compareQuantities } from '../values/quantity.js';
import { parseTime } from '../values/time.js';
import { countName, storageClassSuffix } from './tracked.js';

type Usage = Readonly<Record<string, string>>;

/** What one object takes of the quotas of its namespace, by the names that quotas use. */
export function quotaUsageOf(resource: GroupResource, object: Draft<KubernetesObject>, nowMs: number): Usage {
  const count = { [countName(resource)]: '1' };
  if (resource.group !== '') return count;
  // The resource says what the object is.
  if (resource.resource === 'pods') return { ...count, ...podUsage(object as Draft<Pod>, nowMs) };
  if (resource.resource === 'services') return { ...count, ...serviceUsage(object as Draft<Service>) };
  if (resource.resource === 'persistentvolumeclaims') return { ...count, ...claimUsage(object as Draft<PersistentVolumeClaim>) };
  return { ...count, [resource.resource]: '1' };
}

/** A pod that has ended takes nothing but its place in the store. */
function podUsage(pod: Draft<Pod>, nowMs: number): Usage {
  if (!isCharged(pod, nowMs)) return {};
  const spec = pod.spec ?? {};
  const overhead = (spec.overhead ?? {}) as Amounts; // decoded as quantities by now
  const limits = podAmounts(spec, 'limits');
  const limited = Object.entries(overhead).filter(([name]) => Object.hasOwn(limits, name));
  return {
    pods: '1',
    ...computeUsage(addAmounts(podAmounts(spec, 'requests'), overhead), addAmounts(limits, Object.fromEntries(limited))),
  };
}

function isCharged({ metadata, status }: Draft<Pod>, nowMs: number): boolean {
  if (status?.phase === 'Failed' || status?.phase === 'Succeeded') return false;
  const { deletionTimestamp, deletionGracePeriodSeconds } = metadata ?? {};
  if (deletionTimestamp === undefined || deletionGracePeriodSeconds === undefined) return true;
  return nowMs <= (parseTime(deletionTimestamp) ?? nowMs) + deletionGracePeriodSeconds * 1_000;
}

/** Requests and limits under the names of quotas. */
function computeUsage(requests: Amounts, limits: Amounts): Usage {
  const usage: Record<string, string> = {};
  for (const name of ['cpu', 'memory', 'ephemeral-storage']) {
    const [request, limit] = [requests[name], limits[name]];
    if (request !== undefined) Object.assign(usage, { [name]: request, [`requests.${name}`]: request });
    if (limit !== undefined) usage[`limits.${name}`] = limit;
  }
  for (const [name, request] of Object.entries(requests)) {
    if (isHugePages(name)) usage[name] = request;
    if (isHugePages(name) || isExtended(name)) usage[`requests.${name}`] = request;
  }
  return usage;
}

/** What pods must say of each container where a quota limits it: a rule from before there were classes of service. */
const required: ReadonlySet<string> = new Set([
  'cpu',
  'memory',
  'requests.cpu',
  'requests.memory',
  'limits.cpu',
  'limits.memory',
]);

/**
 * What the containers of a pod leave out of what a quota limits.
 * @param names of the quota
 * @returns `must specify limits.cpu for: a,b; memory for: a`; empty: nothing
 */
export function unspecifiedOf(names: readonly string[], { spec = {} }: Draft<Pod>): string {
  const containers = [...(spec.containers ?? []), ...(spec.initContainers ?? [])];
  const parts = names
    .filter((name) => required.has(name))
    .sort()
    .flatMap((name) => {
      const without = containers.filter(({ resources }) => {
        // Decoded as quantities by now.
        const usage = computeUsage((resources?.requests ?? {}) as Amounts, (resources?.limits ?? {}) as Amounts);
        return !Object.hasOwn(usage, name);
      });
      const lacking = [...new Set(without.map((container) => container.name ?? ''))].sort();
      return lacking.length === 0 ? [] : [`${name} for: ${lacking.join(',')}`];
    });
  return parts.length === 0 ? '' : `must specify ${parts.join('; ')}`;
}

function serviceUsage({ spec = {} }: Draft<Service>): Usage {
  const ports = spec.ports ?? [];
  const explicit = ports.filter(({ nodePort = 0 }) => nodePort !== 0);
  const services = { services: '1' };
  if (spec.type === 'NodePort') return { ...services, 'services.nodeports': String(ports.length) };
  if (spec.type !== 'LoadBalancer') return services;
  const allocated = spec.allocateLoadBalancerNodePorts === false ? explicit : ports;
  return { ...services, 'services.nodeports': String(allocated.length), 'services.loadbalancers': '1' };
}

function claimUsage(claim: Draft<PersistentVolumeClaim>): Usage {
  const { spec, status } = claim;
  const className = storageClassOf(claim);
  const requested = spec?.resources?.requests?.['storage'];
  const allocated = status?.allocatedResources?.['storage'];
  // A claim that shrinks again after an expansion that failed keeps what it has been given.
  const larger = requested !== undefined && allocated !== undefined && compareQuantities(allocated, requested) > 0;
  const storage = larger ? allocated : requested;
  const usage = { persistentvolumeclaims: '1', ...(storage === undefined ? {} : { 'requests.storage': storage }) };
  if (className === '') return usage;
  const ofClass = Object.entries(usage).map(([name, amount]) => [`${className}${storageClassSuffix}${name}`, amount]);
  return { ...usage, ...Object.fromEntries(ofClass) };
}
