import { duplicate, type FieldError, forbidden, invalid, required } from '../errors/field-error.js';
import type { Volume } from '../generated/types.js';
import type { Draft } from '../objects.js';
import { between, isEmpty, problemsOf } from '../validation/check.js';
import { configKeyProblems, dns1123LabelProblems } from '../validation/names.js';

const modeMax = 0o777;

export function validateVolumes(volumes: readonly Draft<Volume>[], field: string): FieldError[] {
  const errors: FieldError[] = [];
  const names = new Set<string>();
  for (const [index, volume] of volumes.entries()) {
    const at = `${field}[${index}]`;
    const { name = '', ...sources } = volume;
    const given = Object.entries(sources).flatMap(([source, value]) => (value === undefined ? [] : [source]));
    if (given.length === 0) errors.push(required(at, 'must specify a volume type'));
    for (const source of given.slice(1)) errors.push(forbidden(`${at}.${source}`, 'may not specify more than 1 volume type'));
    errors.push(...validateSource(volume, at));
    if (name === '') errors.push(required(`${at}.name`));
    else errors.push(...problemsOf(`${at}.name`, name, dns1123LabelProblems(name)));
    if (name !== '' && names.has(name)) errors.push(duplicate(`${at}.name`, name));
    names.add(name);
  }
  return errors;
}

function validateSource(
  { hostPath, secret, configMap, persistentVolumeClaim, nfs, downwardAPI, projected }: Draft<Volume>,
  at: string,
): FieldError[] {
  const errors: FieldError[] = [];
  if (hostPath !== undefined) {
    if (isEmpty(hostPath.path)) errors.push(required(`${at}.hostPath.path`));
    else if ((hostPath.path ?? '').split('/').includes('..'))
      errors.push(invalid(`${at}.hostPath.path`, hostPath.path, "must not contain '..'"));
  }
  if (secret !== undefined) {
    if (isEmpty(secret.secretName)) errors.push(required(`${at}.secret.secretName`));
    errors.push(...validateFiles(secret, `${at}.secret`));
  }
  if (configMap !== undefined) {
    if (isEmpty(configMap.name)) errors.push(required(`${at}.configMap.name`));
    errors.push(...validateFiles(configMap, `${at}.configMap`));
  }
  if (persistentVolumeClaim !== undefined && isEmpty(persistentVolumeClaim.claimName)) {
    errors.push(required(`${at}.persistentVolumeClaim.claimName`));
  }
  if (nfs !== undefined && isEmpty(nfs.server)) errors.push(required(`${at}.nfs.server`));
  if (nfs !== undefined && isEmpty(nfs.path)) errors.push(required(`${at}.nfs.path`));
  errors.push(...validateMode(downwardAPI?.defaultMode, `${at}.downwardAPI.defaultMode`));
  errors.push(...validateMode(projected?.defaultMode, `${at}.projected.defaultMode`));
  return errors;
}

interface Files {
  readonly defaultMode?: number | undefined;
  readonly items?:
    | { readonly key?: string | undefined; readonly path?: string | undefined; readonly mode?: number | undefined }[]
    | undefined;
}

function validateFiles({ defaultMode, items = [] }: Files, field: string): FieldError[] {
  return [
    ...validateMode(defaultMode, `${field}.defaultMode`),
    ...items.flatMap(({ key = '', path = '', mode }, index) => {
      const at = `${field}.items[${index}]`;
      const errors = key === '' ? [required(`${at}.key`)] : problemsOf(`${at}.key`, key, configKeyProblems(key));
      if (path === '') errors.push(required(`${at}.path`));
      if (path.startsWith('/')) errors.push(invalid(`${at}.path`, path, 'must be a relative path'));
      if (path.split('/').includes('..')) errors.push(invalid(`${at}.path`, path, "must not contain '..'"));
      return [...errors, ...validateMode(mode, `${at}.mode`)];
    }),
  ];
}

function validateMode(mode: number | undefined, field: string): FieldError[] {
  return between(field, mode, 0, modeMax).map(() =>
    invalid(field, mode, 'must be a number between 0 and 0777 (octal), both inclusive'),
  );
}
