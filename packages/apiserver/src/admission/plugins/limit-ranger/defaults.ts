import type { Amounts, Draft, LimitRange, Pod } from '@flotilla/api';

const annotation = 'kubernetes.io/limit-ranger';

/** Gives every container what it lacks of the range's default requests and limits, and notes on the pod what that was. */
export function applyLimitDefaults(pod: Draft<Pod>, range: LimitRange): void {
  const items = range.spec?.limits.filter(({ type }) => type === 'Container') ?? [];
  const requests: Amounts = Object.assign({}, ...items.map(({ defaultRequest }) => defaultRequest));
  const limits: Amounts = Object.assign({}, ...items.map((item) => item.default));
  const set: string[] = [];
  for (const [list, kind] of [
    [pod.spec?.containers, 'container'],
    [pod.spec?.initContainers, 'init container'],
  ] as const) {
    for (const container of list ?? []) {
      const resources = container.resources ?? {};
      const missing = (wanted: Amounts, own: object = {}) => Object.keys(wanted).filter((name) => !Object.hasOwn(own, name));
      const missingRequests = missing(requests, resources.requests).sort();
      const missingLimits = missing(limits, resources.limits).sort();
      if (missingRequests.length > 0) {
        resources.requests = { ...requests, ...resources.requests };
        set.push(`${missingRequests.join(', ')} request for ${kind} ${container.name ?? ''}`);
      }
      if (missingLimits.length > 0) {
        resources.limits = { ...limits, ...resources.limits };
        set.push(`${missingLimits.join(', ')} limit for ${kind} ${container.name ?? ''}`);
      }
      container.resources = resources;
    }
  }
  if (set.length === 0) return;
  pod.metadata ??= {};
  pod.metadata.annotations = { ...pod.metadata.annotations, [annotation]: `LimitRanger plugin set: ${set.join('; ')}` };
}
