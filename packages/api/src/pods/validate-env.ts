import { type FieldError, invalid, required } from '../errors/field-error.js';
import type { EnvFromSource, EnvVar, EnvVarSource } from '../generated/types.js';
import type { Draft } from '../objects.js';
import { isEmpty, problemsOf } from '../validation/check.js';
import { configKeyProblems, envVarNameProblems } from '../validation/names.js';

const fieldPaths = new Set([
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'metadata.labels',
  'metadata.annotations',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
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
  const given = Object.values(source).filter((member) => member !== undefined).length;
  if (given === 0) {
    const choice = 'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `fileKeyRef` or `secretKeyRef`';
    return [invalid(field, '', choice)];
  }
  const errors: FieldError[] = [];
  if (value !== '') errors.push(invalid(field, '', 'may not be specified when `value` is not empty'));
  else if (given > 1) errors.push(invalid(field, '', 'may not have more than one field specified at a time'));
  for (const name of ['configMapKeyRef', 'secretKeyRef'] as const) {
    const reference = source[name];
    if (reference !== undefined) errors.push(...validateKeyReference(reference, `${field}.${name}`));
  }
  if (source.fieldRef !== undefined)
    errors.push(...validateFieldPath(source.fieldRef.fieldPath ?? '', `${field}.fieldRef.fieldPath`));
  if (source.resourceFieldRef !== undefined && isEmpty(source.resourceFieldRef.resource)) {
    errors.push(required(`${field}.resourceFieldRef.resource`));
  }
  return errors;
}

function validateKeyReference(
  { name = '', key = '' }: { name?: string | undefined; key?: string | undefined },
  field: string,
): FieldError[] {
  return [
    ...(name === '' ? [required(`${field}.name`)] : []),
    ...(key === '' ? [required(`${field}.key`)] : problemsOf(`${field}.key`, key, configKeyProblems(key))),
  ];
}

function validateFieldPath(path: string, field: string): FieldError[] {
  if (path === '') return [required(field)];
  const known = fieldPaths.has(path) || /^metadata\.(labels|annotations)\['[^']+'\]$/.test(path);
  return known ? [] : [invalid(field, path, `error converting fieldPath: field label not supported: ${path}`)];
}

export function validateEnvFrom(sources: readonly Draft<EnvFromSource>[], field: string): FieldError[] {
  return sources.flatMap(({ prefix = '', configMapRef, secretRef }, index) => {
    const at = `${field}[${index}]`;
    const errors = prefix === '' ? [] : problemsOf(`${at}.prefix`, prefix, envVarNameProblems(prefix));
    if (configMapRef !== undefined && isEmpty(configMapRef.name)) errors.push(required(`${at}.configMapRef.name`));
    if (secretRef !== undefined && isEmpty(secretRef.name)) errors.push(required(`${at}.secretRef.name`));
    if (configMapRef === undefined && secretRef === undefined) {
      errors.push(invalid(at, '', 'must specify one of: `configMapRef` or `secretRef`'));
    }
    if (configMapRef !== undefined && secretRef !== undefined) {
      errors.push(invalid(at, '', 'may not have more than one field specified at a time'));
    }
    return errors;
  });
}
