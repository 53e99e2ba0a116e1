import { type FieldError, invalid, notSupported, required } from '../errors/field-error.js';
import type { EnvFromSource, EnvVar, EnvVarSource, ObjectFieldSelector, ResourceFieldSelector } from '../generated/types.js';
import type { Draft } from '../objects.js';
import { problemsOf } from '../validation/check.js';
import {
  configKeyProblems,
  dns1123SubdomainProblems,
  envVarNameProblems,
  maskTrailingDash,
  qualifiedNameProblems,
} from '../validation/names.js';
import { canonicalQuantity, compareQuantities } from '../values/quantity.js';

const envFields = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
];
/** What Kubernetes called a pod's node at first. */
const oldNodeName = 'spec.host';
/** What the downward API knows at all; what of it fits a place is for the place to say. */
const fieldLabels = new Set([
  ...envFields,
  'metadata.annotations',
  'metadata.labels',
  'spec.restartPolicy',
  'spec.schedulerName',
  'status.phase',
  oldNodeName,
]);

export function validateEnv(variables: readonly Draft<EnvVar>[], field: string): FieldError[] {
  return variables.flatMap(({ name = '', value = '', valueFrom }, index) => {
    const at = `${field}[${index}]`;
    return [
      ...(name === '' ? [required(`${at}.name`)] : problemsOf(`${at}.name`, name, envVarNameProblems(name))),
      ...(valueFrom === undefined ? [] : validateSource(valueFrom, value, `${at}.valueFrom`)),
    ];
  });
}

function validateSource(source: Draft<EnvVarSource>, value: string, field: string): FieldError[] {
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef } = source;
  const errors: FieldError[] = [];
  if (fieldRef !== undefined) errors.push(...validateFieldRef(fieldRef, envFields, `${field}.fieldRef`));
  if (resourceFieldRef !== undefined) {
    errors.push(...validateResourceFieldRef(resourceFieldRef, `${field}.resourceFieldRef`, false));
  }
  if (configMapKeyRef !== undefined) errors.push(...validateKeyReference(configMapKeyRef, `${field}.configMapKeyRef`));
  if (secretKeyRef !== undefined) errors.push(...validateKeyReference(secretKeyRef, `${field}.secretKeyRef`));
  const given = [fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef].filter((one) => one !== undefined).length;
  if (given === 0) {
    const choice = 'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`';
    return [...errors, invalid(field, '', choice)];
  }
  if (value !== '') return [...errors, invalid(field, '', 'may not be specified when `value` is not empty')];
  return given > 1 ? [...errors, invalid(field, '', 'may not have more than one field specified at a time')] : errors;
}

function validateKeyReference(
  { name = '', key = '' }: { name?: string | undefined; key?: string | undefined },
  field: string,
): FieldError[] {
  return [
    ...problemsOf(`${field}.name`, name, dns1123SubdomainProblems(name)),
    ...(key === '' ? [required(`${field}.key`)] : problemsOf(`${field}.key`, key, configKeyProblems(key))),
  ];
}

/** @param supported the paths that this place can show, beside single labels and annotations */
export function validateFieldRef(
  { apiVersion = '', fieldPath: path = '' }: Draft<ObjectFieldSelector>,
  supported: readonly string[],
  field: string,
): FieldError[] {
  if (apiVersion === '') return [required(`${field}.apiVersion`)];
  if (path === '') return [required(`${field}.fieldPath`)];
  const unknown = (why: string) => [invalid(`${field}.fieldPath`, path, `error converting fieldPath: ${why}: ${path}`)];
  if (apiVersion !== 'v1') {
    return [invalid(`${field}.fieldPath`, path, `error converting fieldPath: unsupported pod version: ${apiVersion}`)];
  }
  const opening = path.indexOf("['", 1);
  const hasSubscript = opening > 0 && path.endsWith("']") && path.length >= opening + 4;
  const [whole, subscript] = hasSubscript ? [path.slice(0, opening), path.slice(opening + 2, -2)] : ['', ''];
  if (whole === 'metadata.annotations') {
    return problemsOf(field, subscript.toLowerCase(), qualifiedNameProblems(subscript.toLowerCase()));
  }
  if (whole === 'metadata.labels') return problemsOf(field, subscript, qualifiedNameProblems(subscript));
  if (whole !== '') return unknown('field label does not support subscript');
  if (!fieldLabels.has(path)) return unknown('field label not supported');
  const current = path === oldNodeName ? 'spec.nodeName' : path;
  return supported.includes(current) ? [] : [notSupported(`${field}.fieldPath`, current, supported)];
}

const resources = [
  'limits.cpu',
  'limits.ephemeral-storage',
  'limits.memory',
  'requests.cpu',
  'requests.ephemeral-storage',
  'requests.memory',
];
const sizes = ['1', '1k', '1M', '1G', '1T', '1P', '1E', '1Ki', '1Mi', '1Gi', '1Ti', '1Pi', '1Ei'];

/** @param volume whether it is a file's, which must name a container */
export function validateResourceFieldRef(
  { containerName = '', resource = '', divisor = '0' }: Draft<ResourceFieldSelector>,
  field: string,
  volume: boolean,
): FieldError[] {
  const hugePages = /^(requests|limits)\.hugepages-/.test(resource);
  const errors: FieldError[] = [];
  if (volume && containerName === '') errors.push(required(`${field}.containerName`));
  else if (resource === '') errors.push(required(`${field}.resource`));
  else if (!resources.includes(resource) && !hugePages) errors.push(notSupported(`${field}.resource`, resource, resources));
  if (compareQuantities(divisor, 0) === 0) return errors;
  const [allowed, what] = divisorsOf(resource, hugePages);
  if (what === '' || allowed.includes(canonicalQuantity(divisor))) return errors;
  const why = `only divisor's values ${what} resource`;
  return [...errors, invalid(`${field}.divisor`, resource, why)];
}

function divisorsOf(resource: string, hugePages: boolean): readonly [readonly string[], string] {
  const ofSize = (name: string) => [sizes, `${sizes.join(', ')} are supported with the ${name}`] as const;
  if (hugePages) return ofSize('hugepages');
  switch (resource.replace(/^(requests|limits)\./, '')) {
    case 'cpu':
      return [['1m', '1'], '1m and 1 are supported with the cpu'];
    case 'memory':
      return ofSize('memory');
    case 'ephemeral-storage':
      return ofSize('local ephemeral storage');
    default:
      return [[], ''];
  }
}

export function validateEnvFrom(sources: readonly Draft<EnvFromSource>[], field: string): FieldError[] {
  return sources.flatMap(({ prefix = '', configMapRef, secretRef }, index) => {
    const at = `${field}[${index}]`;
    const errors = prefix === '' ? [] : problemsOf(`${at}.prefix`, prefix, envVarNameProblems(prefix));
    if (configMapRef !== undefined) errors.push(...validateSourceName(configMapRef.name, `${at}.configMapRef.name`));
    if (secretRef !== undefined) errors.push(...validateSourceName(secretRef.name, `${at}.secretRef.name`));
    if (configMapRef === undefined && secretRef === undefined) {
      errors.push(invalid(field, '', 'must specify one of: `configMapRef` or `secretRef`'));
    }
    if (configMapRef !== undefined && secretRef !== undefined) {
      errors.push(invalid(field, '', 'may not have more than one field specified at a time'));
    }
    return errors;
  });
}

function validateSourceName(name: string | undefined, field: string): FieldError[] {
  if (name === undefined || name === '') return [required(field)];
  return problemsOf(field, name, dns1123SubdomainProblems(maskTrailingDash(name)));
}
