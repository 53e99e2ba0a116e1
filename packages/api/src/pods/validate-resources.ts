import { duplicate, type FieldError, forbidden, invalid, notSupported, required } from '../errors/field-error.js';
import type { PodSpec, ResourceRequirements } from '../generated/types.js';
import type { Draft } from '../objects.js';
import { problemsOf } from '../validation/check.js';
import { dns1123LabelProblems } from '../validation/names.js';
import {
  containerResourceProblems,
  isHugePages,
  overcommits,
  resourceNameProblems,
  validateResourceAmount,
} from '../validation/resource-names.js';
import { compareQuantities, parseQuantity } from '../values/quantity.js';
import { containerAmounts, isOfWholePods } from './pod-amounts.js';

type Amounts = Readonly<Record<string, string | undefined>>;

/** @param claims the names of the pod's resource claims, of which containers may use some */
export function validateResources(
  resources: Draft<ResourceRequirements> | undefined,
  field: string,
  claims: ReadonlySet<string>,
  nameProblems: (name: string, at: string) => FieldError[] = validateContainerResourceName,
): FieldError[] {
  const { limits = {}, requests = {} } = resources ?? {};
  const errors = [
    ...Object.entries(limits).flatMap(([name, amount]) => validateAmount(name, amount, `${field}.limits[${name}]`, nameProblems)),
    ...Object.entries(requests).flatMap(([name, amount = '0']) => [
      ...validateAmount(name, amount, `${field}.requests[${name}]`, nameProblems),
      ...validateRequest(name, amount, limits, field),
    ]),
  ];
  const names = Object.keys({ ...limits, ...requests });
  if (names.some(isHugePages) && !names.some((name) => name === 'cpu' || name === 'memory')) {
    errors.push(forbidden(field, 'HugePages require cpu or memory'));
  }
  return [...errors, ...validateClaims(resources?.claims ?? [], claims, `${field}.claims`)];
}

function validateContainerResourceName(name: string, at: string): FieldError[] {
  return problemsOf(at, name, containerResourceProblems(name));
}

function validateAmount(
  name: string,
  amount: string | undefined,
  at: string,
  nameProblems: (name: string, at: string) => FieldError[],
): FieldError[] {
  return [
    ...nameProblems(name, at),
    ...validateResourceAmount(name, amount ?? '0', at),
    ...validatePages(name, amount ?? '0', at),
  ];
}

/** Huge pages come whole. */
function validatePages(name: string, amount: string, at: string): FieldError[] {
  if (!isHugePages(name)) return [];
  const size = name.slice('hugepages-'.length);
  const page = /^\d+(\.\d+)?([KMGTPE]i?|k|m)?$/.test(size) ? parseQuantity(size).nano : 0n;
  const { nano } = parseQuantity(amount);
  const whole = page > 0n && nano % page === 0n;
  return whole ? [] : [invalid(at, amount, `${amount} is not positive integer multiple of ${name}`)];
}

function validateRequest(name: string, request: string, limits: Amounts, field: string): FieldError[] {
  const limit = amountOf(limits, name);
  if (limit === undefined) {
    return overcommits(name) ? [] : [required(`${field}.limits`, 'Limit must be set for non overcommitable resources')];
  }
  const order = compareQuantities(request, limit);
  if (order !== 0 && !overcommits(name)) {
    return [invalid(`${field}.requests`, request, `must be equal to ${name} limit of ${limit}`)];
  }
  return order > 0 ? [invalid(`${field}.requests`, request, `must be less than or equal to ${name} limit of ${limit}`)] : [];
}

/** Of a pod's claims, in the message about one that is unknown: there may be thousands of either. */
const shownClaimsMax = 100;

function validateClaims(
  claims: NonNullable<Draft<ResourceRequirements>['claims']>,
  known: ReadonlySet<string>,
  field: string,
): FieldError[] {
  const shown = [...known].sort().slice(0, shownClaimsMax).join(', ');
  const list = known.size === 0 ? ' which is empty' : `: ${shown}`;
  const seen = new Set<string>();
  const partlyClaimed = new Set<string>();
  return claims.flatMap(({ name = '', request = '' }, index) => {
    const at = `${field}[${index}]`;
    if (name === '') return [required(at)];
    const key = request === '' ? name : `${name}/${request}`;
    const errors: FieldError[] = [];
    if (seen.has(name)) errors.push(duplicate(at, name));
    else {
      if (request !== '') errors.push(...problemsOf(`${at}.request`, request, dns1123LabelProblems(request)));
      if (seen.has(key)) errors.push(duplicate(at, key));
      else if (request === '' && partlyClaimed.has(name)) errors.push(duplicate(at, name));
    }
    seen.add(key);
    if (request !== '') partlyClaimed.add(name);
    if (known.has(name)) return errors;
    return [
      ...errors,
      {
        reason: 'FieldValueNotFound',
        field: at,
        message: `Not found: ${JSON.stringify(name)}: must be one of the names in pod.spec.resourceClaims${list}`,
      },
    ];
  });
}

/** What the whole pod may use: at least what its containers ask for together, at most what each of them may use. */
export function validatePodResources(spec: Draft<PodSpec>, field: string, claims: ReadonlySet<string>): FieldError[] {
  const { resources } = spec;
  if (resources === undefined) return [];
  if (spec.os?.name === 'windows') return [forbidden(field, 'may not be set for a windows pod')];
  return [
    ...(resources.claims === undefined ? [] : [forbidden(`${field}.claims`, 'claims may not be set for Resources at pod-level')]),
    ...validateResources(resources, field, claims, validatePodResourceName),
    ...validateSums(spec, 'requests', () => true, `${field}.requests`),
    ...validateSums(spec, 'limits', isHugePages, `${field}.limits`),
    ...validateContainerLimits(spec, field),
  ];
}

/** Of what the pod says as a whole: its containers together may not have more. */
function validateSums(
  spec: Draft<PodSpec>,
  kind: 'requests' | 'limits',
  counts: (name: string) => boolean,
  field: string,
): FieldError[] {
  return Object.entries(containerAmounts(spec, kind)).flatMap(([name, sum]) => {
    const whole = amountOf(spec.resources?.[kind], name);
    if (whole === undefined || !counts(name) || compareQuantities(sum, whole) <= 0) return [];
    return [invalid(`${field}[${name}]`, whole, `must be greater than or equal to aggregate container ${kind} of ${sum}`)];
  });
}

function validateContainerLimits({ containers = [], resources }: Draft<PodSpec>, field: string): FieldError[] {
  return containers.flatMap((container, index) =>
    Object.entries(container.resources?.limits ?? {}).flatMap(([name, limit = '0']) => {
      const most = amountOf(resources?.limits, name);
      if (most === undefined || compareQuantities(limit, most) <= 0) return [];
      return [
        invalid(`${field}.containers[${index}][${name}].limits`, limit, `must be less than or equal to pod limits of ${most}`),
      ];
    }),
  );
}

const podResources = ['cpu', 'hugepages-', 'memory'];

function validatePodResourceName(name: string, at: string): FieldError[] {
  const problems = resourceNameProblems(name);
  if (problems.length > 0) return problemsOf(at, name, problems);
  return isOfWholePods(name) ? [] : [notSupported(at, name, podResources)];
}

/** Names are a client's: `__proto__` is one like any other. */
function amountOf(amounts: Amounts | undefined, name: string): string | undefined {
  return amounts !== undefined && Object.hasOwn(amounts, name) ? amounts[name] : undefined;
}
