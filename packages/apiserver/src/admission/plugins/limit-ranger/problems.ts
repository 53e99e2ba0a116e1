import {
  type Amounts,
  compareQuantities,
  type Draft,
  type LimitRange,
  type LimitRangeItem,
  type PersistentVolumeClaimSpec,
  type PodSpec,
  parseQuantity,
  podAmounts,
} from '@flotilla/api';

/** What something asks for, and what it is limited to. */
interface Asked {
  readonly requests: Amounts;
  readonly limits: Amounts;
}

/** How a pod goes beyond a range, a sentence each. */
export function podLimitProblems(spec: Draft<PodSpec>, range: LimitRange): readonly string[] {
  const containers = [...(spec.containers ?? []), ...(spec.initContainers ?? [])];
  return (range.spec?.limits ?? []).flatMap((item) => {
    if (item.type === 'Container') {
      return containers.flatMap(({ resources }) =>
        // Decoded as quantities by now.
        itemProblems(item, { requests: (resources?.requests ?? {}) as Amounts, limits: (resources?.limits ?? {}) as Amounts }),
      );
    }
    if (item.type !== 'Pod') return [];
    return itemProblems(item, { requests: podAmounts(spec, 'requests'), limits: podAmounts(spec, 'limits') });
  });
}

/** Of claims only what they request counts. */
export function claimLimitProblems(spec: Draft<PersistentVolumeClaimSpec>, range: LimitRange): readonly string[] {
  const requests = (spec.resources?.requests ?? {}) as Amounts; // decoded as quantities by now
  const items = (range.spec?.limits ?? []).filter(({ type }) => type === 'PersistentVolumeClaim');
  return items.flatMap((item) => [
    ...entries(item.min).flatMap(([name, bound]) => minProblem(item.type, name, bound, { requests, limits: {} })),
    ...entries(item.max).flatMap(([name, bound]) => {
      const usage = `maximum ${name} usage per ${item.type} is ${bound}`;
      const request = amount(requests, name);
      if (request === undefined) return [`${usage}.  No request is specified`];
      return compareQuantities(request, bound) > 0 ? [`${usage}, but request is ${request}`] : [];
    }),
  ]);
}

function itemProblems(item: LimitRangeItem, asked: Asked): readonly string[] {
  return [
    ...entries(item.min).flatMap(([name, bound]) => minProblem(item.type, name, bound, asked)),
    ...entries(item.max).flatMap(([name, bound]) => maxProblem(item.type, name, bound, asked)),
    ...entries(item.maxLimitRequestRatio).flatMap(([name, bound]) => ratioProblem(item.type, name, bound, asked)),
  ];
}

/** By name, so that messages do not depend on how the range was written. */
function entries(amounts: Amounts | undefined): readonly (readonly [string, string])[] {
  return Object.entries(amounts ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
}

function amount(amounts: Amounts, name: string): string | undefined {
  return Object.hasOwn(amounts, name) ? amounts[name] : undefined;
}

function minProblem(type: string, name: string, bound: string, { requests, limits }: Asked): readonly string[] {
  const usage = `minimum ${name} usage per ${type} is ${bound}`;
  const [request, limit] = [amount(requests, name), amount(limits, name)];
  if (request === undefined) return [`${usage}.  No request is specified`];
  if (compareQuantities(request, bound) < 0) return [`${usage}, but request is ${request}`];
  return limit !== undefined && compareQuantities(limit, bound) < 0 ? [`${usage}, but limit is ${limit}`] : [];
}

function maxProblem(type: string, name: string, bound: string, { requests, limits }: Asked): readonly string[] {
  const usage = `maximum ${name} usage per ${type} is ${bound}`;
  const [request, limit] = [amount(requests, name), amount(limits, name)];
  if (limit === undefined) return [`${usage}.  No limit is specified`];
  if (compareQuantities(limit, bound) > 0) return [`${usage}, but limit is ${limit}`];
  return request !== undefined && compareQuantities(request, bound) > 0 ? [`${usage}, but request is ${request}`] : [];
}

function ratioProblem(type: string, name: string, bound: string, { requests, limits }: Asked): readonly string[] {
  const ratio = `${name} max limit to request ratio per ${type} is ${bound}`;
  const nano = (text: string | undefined) => parseQuantity(text ?? '0').nano;
  const [request, limit] = [nano(amount(requests, name)), nano(amount(limits, name))];
  if (request === 0n) return [`${ratio}, but no request is specified or request is 0`];
  if (limit === 0n) return [`${ratio}, but no limit is specified or limit is 0`];
  if (limit * parseQuantity('1').nano <= request * nano(bound)) return [];
  return [`${ratio}, but provided ratio is ${(Number(limit) / Number(request)).toFixed(6)}`];
}
