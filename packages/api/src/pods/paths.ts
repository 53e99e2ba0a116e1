import { type FieldError, invalid } from '../errors/field-error.js';

/** A path that stays where it is put: `..` would lead out of a volume. */
export function noBacksteps(path: string, field: string): FieldError[] {
  return path.split('/').includes('..') ? [invalid(field, path, "must not contain '..'")] : [];
}

/** A path below a directory that is known elsewhere. */
export function descendingPath(path: string, field: string): FieldError[] {
  return [...(path.startsWith('/') ? [invalid(field, path, 'must be a relative path')] : []), ...noBacksteps(path, field)];
}

/** A path in a volume that the kubelet fills: names that begin with two dots are the kubelet's own. */
export function projectedPath(path: string, field: string): FieldError[] {
  const reserved = path.startsWith('..') && !path.startsWith('../') && path !== '..';
  return [...descendingPath(path, field), ...(reserved ? [invalid(field, path, "must not start with '..'")] : [])];
}
