import { type FieldError, forbidden, invalid, required } from '../errors/field-error.js';
import type {
  ConfigMapProjection,
  DownwardAPIVolumeFile,
  KeyToPath,
  ProjectedVolumeSource,
  ServiceAccountTokenProjection,
} from '../generated/types.js';
import type { Draft } from '../objects.js';
import { projectedPath } from './paths.js';
import { validateFieldRef, validateResourceFieldRef } from './validate-env.js';

const modeMax = 0o777;
const tokenSecondsMin = 600;
const volumeFields = ['metadata.annotations', 'metadata.labels', 'metadata.name', 'metadata.namespace', 'metadata.uid'];

export function validateMode(mode: number | undefined, field: string): FieldError[] {
  if (mode === undefined || (mode >= 0 && mode <= modeMax)) return [];
  return [invalid(field, mode, 'must be a number between 0 and 0777 (octal), both inclusive')];
}

export function validateKeyToPath({ key = '', path = '', mode }: Draft<KeyToPath>, at: string): FieldError[] {
  return [
    ...(key === '' ? [required(`${at}.key`)] : []),
    ...(path === '' ? [required(`${at}.path`)] : []),
    ...projectedPath(path, `${at}.path`),
    ...validateMode(mode, `${at}.mode`),
  ];
}

export function validateDownwardFile(file: Draft<DownwardAPIVolumeFile>, at: string): FieldError[] {
  const { path = '', fieldRef, resourceFieldRef } = file;
  const errors: FieldError[] = path === '' ? [required(`${at}.path`)] : [];
  errors.push(...projectedPath(path, `${at}.path`));
  if (fieldRef !== undefined) {
    errors.push(...validateFieldRef(fieldRef, volumeFields, `${at}.fieldRef`));
    if (resourceFieldRef !== undefined) {
      errors.push(invalid(at, 'resource', 'fieldRef and resourceFieldRef can not be specified simultaneously'));
    }
  } else if (resourceFieldRef !== undefined) {
    errors.push(...validateResourceFieldRef(resourceFieldRef, `${at}.resourceFieldRef`, true));
  } else errors.push(required(at, 'one of fieldRef and resourceFieldRef is required'));
  return [...errors, ...validateMode(file.mode, `${at}.mode`)];
}

/** Several sources in one directory: no two of them may write one file. */
export function validateProjected({ defaultMode, sources = [] }: Draft<ProjectedVolumeSource>, at: string): FieldError[] {
  const paths = new Set<string>();
  const taken = (path: string, named: string): FieldError[] => {
    if (path === '') return [];
    if (paths.has(path)) return [invalid(at, named, 'conflicting duplicate paths')];
    paths.add(path);
    return [];
  };
  const errors = validateMode(defaultMode, `${at}.defaultMode`);
  for (const [index, source] of sources.entries()) {
    const here = `${at}.sources[${index}]`;
    const { secret, configMap, downwardAPI, serviceAccountToken } = source;
    if (secret !== undefined) errors.push(...validateKeys(secret, `${here}.secret`, taken));
    if (configMap !== undefined) errors.push(...validateKeys(configMap, `${here}.configMap`, taken));
    for (const file of downwardAPI?.items ?? []) {
      errors.push(...validateDownwardFile(file, `${here}.downwardAPI`), ...taken(file.path ?? '', file.path ?? ''));
    }
    if (serviceAccountToken !== undefined) {
      errors.push(...validateToken(serviceAccountToken, `${here}.serviceAccountToken`, `${at}.path`));
    }
    if (Object.values(source).filter((one) => one !== undefined).length > 1) {
      errors.push(forbidden(here, 'may not specify more than 1 volume type per source'));
    }
  }
  return errors;
}

function validateKeys(
  { name = '', items = [] }: Draft<ConfigMapProjection>,
  at: string,
  taken: (path: string, named: string) => FieldError[],
): FieldError[] {
  return [
    ...(name === '' ? [required(`${at}.name`)] : []),
    ...items.flatMap((item, index) => [...validateKeyToPath(item, `${at}.items[${index}]`), ...taken(item.path ?? '', name)]),
  ];
}

function validateToken(
  { expirationSeconds: seconds = 0, path = '' }: Draft<ServiceAccountTokenProjection>,
  at: string,
  pathField: string,
): FieldError[] {
  const errors: FieldError[] = [];
  if (seconds < tokenSecondsMin) {
    errors.push(invalid(`${at}.expirationSeconds`, seconds, 'may not specify a duration less than 10 minutes'));
  }
  if (seconds > 2 ** 32) {
    errors.push(invalid(`${at}.expirationSeconds`, seconds, 'may not specify a duration larger than 2^32 seconds'));
  }
  return [...errors, ...(path === '' ? [required(pathField)] : projectedPath(path, pathField))];
}
