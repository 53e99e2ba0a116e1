import { type FieldError, forbidden, invalid, notSupported, required } from '../../errors/field-error.js';
import type { V2CrossVersionObjectReference, V2MetricSpec, V2MetricTarget } from '../../generated/types.js';
import type { Draft } from '../../objects.js';
import { isEmpty, problemsOf } from '../../validation/check.js';
import { dns1123LabelProblems, pathSegmentProblems } from '../../validation/names.js';
import { containerResourceProblems } from '../../validation/resource-names.js';
import { compareQuantities } from '../../values/quantity.js';

type Metric = Draft<V2MetricSpec>;
type Target = Draft<V2MetricTarget>;

/** Which member says more of a metric of which type; in the order in which Kubernetes looks at them. */
const memberOf = {
  Object: 'object',
  External: 'external',
  Pods: 'pods',
  Resource: 'resource',
  ContainerResource: 'containerResource',
} as const;
const types = Object.keys(memberOf).sort();
const targetTypes = ['Utilization', 'Value', 'AverageValue'];

export function validateReference({ kind = '', name = '' }: Draft<V2CrossVersionObjectReference> = {}, at: string): FieldError[] {
  return [...pathSegment(`${at}.kind`, kind, ''), ...pathSegment(`${at}.name`, name, '')];
}

/**
 * Whoever scales must find the kind that is meant, which but for the core group takes the group's name.
 * An autoscaler that has always left it out may go on so.
 */
export function validateTargetVersion(
  { apiVersion = '', kind = '' }: Draft<V2CrossVersionObjectReference> = {},
  old: V2CrossVersionObjectReference | undefined,
  at: string,
): FieldError[] {
  if (old !== undefined && (old.apiVersion ?? '') === apiVersion && (old.kind ?? '') === kind) return [];
  const problem = groupProblem(apiVersion);
  if (problem !== undefined) return [invalid(at, apiVersion, problem)];
  const grouped = /[^/]\//.test(apiVersion) || kind === 'ReplicationController';
  return grouped ? [] : [invalid(at, apiVersion, 'apiVersion must specify API group')];
}

/** What is wrong with an apiVersion as such: it is a version, or a group and a version. */
export function groupProblem(apiVersion = ''): string | undefined {
  return apiVersion.split('/').length > 2 ? `unexpected GroupVersion string: ${apiVersion}` : undefined;
}

/** @param objectsKept whether the objects that are measured were wrong before, and are not checked again */
export function validateMetric(metric: Metric, at: string, objectsKept: boolean): FieldError[] {
  const { type = '' } = metric;
  const expected = Object.entries(memberOf).find(([name]) => name === type)?.[1];
  const present = Object.values(memberOf).filter((member) => metric[member] !== undefined);
  const [first] = present;
  const errors: FieldError[] = [];
  if (type === '') errors.push(required(`${at}.type`, 'must specify a metric source type'));
  if (expected === undefined) errors.push(notSupported(`${at}.type`, type, types));
  if (first !== undefined) errors.push(...validateSource(metric, first, `${at}.${first}`, objectsKept));
  if (expected !== undefined && metric[expected] === undefined) {
    errors.push(required(`${at}.${expected}`, 'must populate information for the given metric source'));
  }
  if (present.length < 2) return errors;
  const others = present.filter((member) => member !== expected);
  return [...errors, ...others.map((member) => forbidden(`${at}.${member}`, 'must populate the given metric source only'))];
}

function validateSource(
  metric: Metric,
  member: (typeof memberOf)[keyof typeof memberOf],
  at: string,
  objectsKept: boolean,
): FieldError[] {
  const { object, external, pods, resource, containerResource } = metric;
  const target = validateTarget(metric[member]?.target, `${at}.target`);
  switch (member) {
    case 'object': {
      const { apiVersion = '' } = object?.describedObject ?? {};
      const problem = objectsKept ? undefined : groupProblem(apiVersion);
      return [
        ...validateReference(object?.describedObject, `${at}.describedObject`),
        ...(problem === undefined ? [] : [invalid(`${at}.describedObject.apiVersion`, apiVersion, problem)]),
        ...validateIdentifier(object?.metric?.name, at),
        ...target,
        ...oneOfValues(object?.target, at, 'must set either a target value or averageValue'),
      ];
    }
    case 'external':
      return [
        ...validateIdentifier(external?.metric?.name, at),
        ...target,
        ...oneOfValues(external?.target, at, 'must set either a target value for metric or a per-pod target'),
        ...(external?.target?.value !== undefined && external.target.averageValue !== undefined
          ? [forbidden(`${at}.target.value`, 'may not set both a target value for metric and a per-pod target')]
          : []),
      ];
    case 'pods':
      return [
        ...validateIdentifier(pods?.metric?.name, at),
        ...target,
        ...(pods?.target?.averageValue === undefined
          ? [required(`${at}.target.averageValue`, 'must specify a positive target averageValue')]
          : []),
      ];
    case 'resource':
      return [...resourceName(resource?.name, at, []), ...target, ...shareOrAmount(resource?.target, at)];
    case 'containerResource': {
      const { name = '', container = '' } = containerResource ?? {};
      return [
        ...resourceName(name, at, containerResourceProblems(name)),
        ...(container === ''
          ? [required(`${at}.container`, 'must specify a container')]
          : problemsOf(`${at}.container`, container, dns1123LabelProblems(container))),
        ...target,
        ...shareOrAmount(containerResource?.target, at),
      ];
    }
  }
}

function validateTarget(target: Target = {}, at: string): FieldError[] {
  const { type = '', value, averageValue, averageUtilization } = target;
  return [
    ...(type === '' ? [required(`${at}.type`, 'must specify a metric target type')] : []),
    ...(targetTypes.includes(type) ? [] : [invalid(`${at}.type`, type, 'must be either Utilization, Value, or AverageValue')]),
    ...positive(`${at}.value`, value),
    ...positive(`${at}.averageValue`, averageValue),
    ...(averageUtilization !== undefined && averageUtilization < 1
      ? [invalid(`${at}.averageUtilization`, averageUtilization, 'must be greater than 0')]
      : []),
  ];
}

function positive(at: string, amount: string | undefined): FieldError[] {
  return amount !== undefined && compareQuantities(amount, 0) <= 0 ? [invalid(at, amount, 'must be positive')] : [];
}

function oneOfValues(target: Target | undefined, at: string, why: string): FieldError[] {
  return target?.value === undefined && target?.averageValue === undefined ? [required(`${at}.target.averageValue`, why)] : [];
}

/** Of what a container asks for, or so and so much. */
function shareOrAmount({ averageUtilization: share, averageValue: amount }: Target = {}, at: string): FieldError[] {
  if (share === undefined && amount === undefined) {
    return [required(`${at}.target.averageUtilization`, 'must set either a target raw value or a target utilization')];
  }
  if (share === undefined || amount === undefined) return [];
  return [forbidden(`${at}.target.averageValue`, 'may not set both a target raw value and a target utilization')];
}

function resourceName(name: string | undefined, at: string, problems: readonly string[]): FieldError[] {
  if (isEmpty(name)) return [required(`${at}.name`, 'must specify a resource name')];
  return problemsOf(`${at}.name`, name ?? '', problems);
}

function validateIdentifier(name = '', at: string): FieldError[] {
  return pathSegment(`${at}.metric.name`, name, 'must specify a metric name');
}

function pathSegment(at: string, value: string, missing: string): FieldError[] {
  return value === '' ? [required(at, missing)] : problemsOf(at, value, pathSegmentProblems(value));
}
