import type { ResourceQuota } from '../generated/types.js';
import type { Draft, GroupResource, KubernetesObject } from '../objects.js';
import { type Amounts, addAmounts } from '../pods/pod-amounts.js';
import { inQuotaScopes } from './scopes.js';
import { quotaNamesOf } from './tracked.js';
import { quotaUsageOf } from './usage.js';

/** All objects of one resource in a quota's namespace. */
export interface CountedObjects {
  readonly resource: GroupResource;
  readonly objects: Iterable<KubernetesObject>;
}

/**
 * The status of a quota, counted anew from what there is.
 * @param counted only resources that the quota's names are about count; what none of them tells of stays as it is
 */
export function recountQuota(
  { spec = {}, status }: ResourceQuota,
  counted: Iterable<CountedObjects>,
  nowMs: number,
): NonNullable<ResourceQuota['status']> {
  const hard = spec.hard ?? {};
  const names = Object.keys(hard);
  let sum: Amounts = {};
  for (const { resource, objects } of counted) {
    const tracked = quotaNamesOf(resource, names);
    if (tracked.length === 0) continue;
    sum = addAmounts(sum, Object.fromEntries(tracked.map((name) => [name, '0'])));
    for (const object of objects) {
      const draft = object as Draft<KubernetesObject>; // an object is a full draft
      if (!inQuotaScopes(spec, resource, draft)) continue;
      const usage = Object.entries(quotaUsageOf(resource, draft, nowMs));
      sum = addAmounts(sum, Object.fromEntries(usage.filter(([name]) => tracked.includes(name))));
    }
  }
  const used = names.flatMap((name) => {
    const amount = sum[name] ?? status?.used?.[name];
    return amount === undefined ? [] : [[name, amount]];
  });
  return { hard, used: Object.fromEntries(used) };
}
