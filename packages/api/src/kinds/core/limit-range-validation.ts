import { duplicate, type FieldError, forbidden, invalid, required } from '../../errors/field-error.js';
import type { LimitRange, LimitRangeItem } from '../../generated/types.js';
import type { Draft } from '../../objects.js';
import { problemsOf } from '../../validation/check.js';
import { qualifiedNameProblems } from '../../validation/names.js';
import { repeated } from '../../validation/repeated.js';
import { containerResourceProblems, overcommits, resourceNameProblems } from '../../validation/resource-names.js';
import { compareQuantities, quantityMilliValue } from '../../values/quantity.js';

const types = ['Container', 'PersistentVolumeClaim', 'Pod'];
type Item = Draft<LimitRangeItem>;
type Bound = 'max' | 'min' | 'default' | 'defaultRequest' | 'maxLimitRequestRatio';

export function validateLimitRange({ spec = {} }: Draft<LimitRange>): FieldError[] {
  const limits = spec.limits ?? [];
  const repeats = repeated(limits.map(({ type = '' }) => type));
  return limits.flatMap((item, index) => {
    const at = `spec.limits[${index}]`;
    const { type = '' } = item;
    return [
      ...problemsOf(`${at}.type`, type, typeProblems(type)),
      ...(repeats.has(index) ? [duplicate(`${at}.type`, type)] : []),
      ...validateItem(item, at),
    ];
  });
}

function typeProblems(type: string): string[] {
  const problems = qualifiedNameProblems(type);
  if (problems.length > 0 || type.includes('/') || types.includes(type)) return problems;
  return ['must be a standard limit type or fully qualified'];
}

function validateItem(item: Item, at: string): FieldError[] {
  const { type = '' } = item;
  const problems = type === 'Pod' || type === 'Container' ? containerResourceProblems : resourceNameProblems;
  const names = (bound: Bound): FieldError[] =>
    Object.keys(item[bound] ?? {}).flatMap((name) => problemsOf(`${at}.${bound}[${name}]`, name, problems(name)));
  const errors = [...names('max'), ...names('min')];
  for (const bound of ['default', 'defaultRequest'] as const) {
    if (type !== 'Pod') errors.push(...names(bound));
    else if (Object.keys(item[bound] ?? {}).length > 0) {
      errors.push(forbidden(`${at}.${bound}`, "may not be specified when `type` is 'Pod'"));
    }
  }
  const sized = amountOf(item, 'min', 'storage') !== undefined || amountOf(item, 'max', 'storage') !== undefined;
  if (type === 'PersistentVolumeClaim' && !sized) {
    const why = 'either minimum or maximum storage value is required, but neither was provided';
    errors.push(required(`${at}.limits`, why));
  }
  errors.push(...names('maxLimitRequestRatio'));
  const bounds: readonly Bound[] =
    type === 'Pod' ? ['max', 'min', 'maxLimitRequestRatio'] : ['max', 'min', 'default', 'defaultRequest', 'maxLimitRequestRatio'];
  const all = new Set(bounds.flatMap((bound) => Object.keys(item[bound] ?? {})));
  return [...errors, ...[...all].flatMap((name) => validateOrder(item, name, at, type === 'Pod'))];
}

function amountOf(item: Item, bound: Bound, name: string): string | undefined {
  const amounts = item[bound];
  return amounts !== undefined && Object.hasOwn(amounts, name) ? amounts[name] : undefined;
}

/** From the smallest to the largest: min, default request, default, max. */
function validateOrder(item: Item, name: string, at: string, ofPod: boolean): FieldError[] {
  const [min, max, ratio] = [
    amountOf(item, 'min', name),
    amountOf(item, 'max', name),
    amountOf(item, 'maxLimitRequestRatio', name),
  ];
  const limit = ofPod ? undefined : amountOf(item, 'default', name);
  const request = ofPod ? undefined : amountOf(item, 'defaultRequest', name);
  const above = (a: string | undefined, b: string | undefined): boolean =>
    a !== undefined && b !== undefined && compareQuantities(a, b) > 0;
  const errors: FieldError[] = [];
  const refuse = (bound: Bound, value: string | undefined, why: string) =>
    errors.push(invalid(`${at}.${bound}[${name}]`, value, why));
  if (above(min, max)) refuse('min', min, `min value ${min} is greater than max value ${max}`);
  if (above(min, request)) refuse('defaultRequest', request, `min value ${min} is greater than default request value ${request}`);
  if (above(request, max)) refuse('defaultRequest', request, `default request value ${request} is greater than max value ${max}`);
  if (above(request, limit)) {
    refuse('defaultRequest', request, `default request value ${request} is greater than default limit value ${limit}`);
  }
  if (above(min, limit)) refuse('default', min, `min value ${min} is greater than default value ${limit}`);
  if (above(limit, max)) refuse('default', max, `default value ${limit} is greater than max value ${max}`);
  if (above('1', ratio)) refuse('maxLimitRequestRatio', ratio, `ratio ${ratio} is less than 1`);
  if (ratio !== undefined && min !== undefined && max !== undefined) {
    const most = quantityMilliValue(max) / quantityMilliValue(min);
    if (quantityMilliValue(ratio) / 1000 > most) {
      refuse('maxLimitRequestRatio', ratio, `ratio ${ratio} is greater than max/min = ${most.toFixed(6)}`);
    }
  }
  if (!overcommits(name) && limit !== undefined && request !== undefined && compareQuantities(limit, request) !== 0) {
    refuse('defaultRequest', request, `default value ${limit} must equal to defaultRequest value ${request} in ${name}`);
  }
  return errors;
}
