import type { PodSpec } from '../generated/types.js';
import type { Draft } from '../objects.js';
import { isHugePages, overcommits } from '../validation/resource-names.js';
import { type Amounts, containerAmounts, isOfWholePods } from './pod-amounts.js';

/**
 * A pod that says something of its resources as a whole says the rest too (KEP-2837): limits of huge pages are what its
 * containers have together; requests are what its containers ask for together, or else its own limits.
 */
export function defaultPodResources(spec: Draft<PodSpec>): void {
  const { resources } = spec;
  if (resources === undefined) return;
  const requests = (resources.requests ?? {}) as Amounts; // just quantities, as decoded
  const limits = (resources.limits ?? {}) as Amounts; // as above
  if (Object.keys({ ...requests, ...limits }).length === 0) return;
  const pages = only(containerAmounts(spec, 'limits'), (name) => isHugePages(name) && !Object.hasOwn(requests, name));
  const allLimits = { ...pages, ...limits };
  if (Object.keys(allLimits).length === 0) return;
  resources.limits = allLimits;
  const allRequests = {
    ...only(allLimits, isOfWholePods),
    ...only(containerAmounts(spec, 'requests'), (name) => isOfWholePods(name) && overcommits(name)),
    ...requests,
  };
  if (Object.keys(allRequests).length > 0) resources.requests = allRequests;
}

function only(amounts: Amounts, fits: (name: string) => boolean): Amounts {
  return Object.fromEntries(Object.entries(amounts).filter(([name]) => fits(name)));
}
