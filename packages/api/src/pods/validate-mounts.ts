import { type FieldError, forbidden, invalid, notFound, notSupported, required } from '../errors/field-error.js';
import type { Container, Volume, VolumeMount } from '../generated/types.js';
import type { Draft } from '../objects.js';
import { descendingPath, noBacksteps } from './paths.js';

export type Volumes = ReadonlyMap<string, Draft<Volume>>;

const propagations = ['Bidirectional', 'HostToContainer', 'None'];
const recursions = ['Disabled', 'Enabled', 'IfPossible'];

/** Where a container finds its volumes; some of the paths in the messages lack an index, as they do in Kubernetes. */
export function validateMounts(container: Draft<Container>, volumes: Volumes, field: string): FieldError[] {
  const { volumeMounts: mounts = [], volumeDevices: devices = [] } = container;
  const deviceNames = new Set(devices.map(({ name }) => name));
  const devicePaths = new Set(devices.map(({ devicePath }) => devicePath));
  const paths = new Set<string>();
  return mounts.flatMap((mount, index) => {
    const at = `${field}[${index}]`;
    const { name = '', mountPath = '' } = mount;
    const errors: FieldError[] = name === '' ? [required(`${at}.name`)] : [];
    if (!volumes.has(name)) errors.push(notFound(`${at}.name`, name));
    if (mountPath === '') errors.push(required(`${at}.mountPath`));
    if (paths.has(mountPath)) errors.push(invalid(`${at}.mountPath`, mountPath, 'must be unique'));
    paths.add(mountPath);
    if (deviceNames.has(name)) {
      errors.push(invalid(`${at}.name`, name, 'must not already exist in volumeDevices'));
    }
    if (devicePaths.has(mountPath)) {
      errors.push(invalid(`${at}.mountPath`, mountPath, 'must not already exist as a path in volumeDevices'));
    }
    return [
      ...errors,
      ...validateSubPaths(mount, at, field),
      ...validatePropagation(mount.mountPropagation, container, `${field}.mountPropagation`),
      ...validateRecursion(mount, `${field}.recursiveReadOnly`),
    ];
  });
}

function validateSubPaths({ subPath = '', subPathExpr = '' }: Draft<VolumeMount>, at: string, field: string): FieldError[] {
  const errors = subPath === '' ? [] : descendingPath(subPath, `${field}.subPath`);
  if (subPathExpr === '') return errors;
  if (subPath !== '') {
    errors.push(invalid(`${at}.subPathExpr`, subPathExpr, 'subPathExpr and subPath are mutually exclusive'));
  }
  return [...errors, ...descendingPath(subPathExpr, `${field}.subPathExpr`)];
}

function validatePropagation(mode: string | undefined, { securityContext }: Draft<Container>, field: string): FieldError[] {
  if (mode === undefined) return [];
  const errors = propagations.includes(mode) ? [] : [notSupported(field, mode, propagations)];
  if (mode !== 'Bidirectional' || securityContext?.privileged === true) return errors;
  return [...errors, forbidden(field, 'Bidirectional mount propagation is available only to privileged containers')];
}

function validateRecursion(
  { recursiveReadOnly: mode, readOnly, mountPropagation }: Draft<VolumeMount>,
  field: string,
): FieldError[] {
  if (mode === undefined || mode === 'Disabled') return [];
  if (!recursions.includes(mode)) return [notSupported(field, mode, recursions)];
  const errors = readOnly === true ? [] : [forbidden(field, 'may only be specified when readOnly is true')];
  if (mountPropagation === undefined || mountPropagation === 'None') return errors;
  return [...errors, forbidden(field, 'may only be specified when mountPropagation is None or not specified')];
}

export function validateDevices(container: Draft<Container>, volumes: Volumes, field: string): FieldError[] {
  const { volumeMounts: mounts = [], volumeDevices: devices = [] } = container;
  const mountNames = new Set(mounts.map((mount) => mount.name));
  const mountPaths = new Set(mounts.map(({ mountPath }) => mountPath));
  const names = new Set<string>();
  const paths = new Set<string>();
  return devices.flatMap(({ name = '', devicePath: path = '' }, index) => {
    const at = `${field}[${index}]`;
    const volume = volumes.get(name);
    const errors: FieldError[] = name === '' ? [required(`${at}.name`)] : [];
    if (names.has(name)) errors.push(invalid(`${at}.name`, name, 'must be unique'));
    if (volume === undefined) errors.push(notFound(`${at}.name`, name));
    else if (volume.persistentVolumeClaim === undefined && volume.ephemeral === undefined) {
      const why = 'can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode';
      errors.push(invalid(`${at}.name`, name, why));
    }
    if (path === '') errors.push(required(`${at}.devicePath`));
    if (paths.has(path)) errors.push(invalid(`${at}.devicePath`, path, 'must be unique'));
    if (noBacksteps(path, at).length > 0) {
      errors.push(invalid(`${at}.devicePath`, path, "can not contain backsteps ('..')"));
    } else paths.add(path);
    if (mountNames.has(name)) {
      errors.push(invalid(`${at}.name`, name, 'must not already exist in volumeMounts'));
    }
    if (mountPaths.has(path)) {
      errors.push(invalid(`${at}.devicePath`, path, 'must not already exist as a path in volumeMounts'));
    }
    if (name !== '') names.add(name);
    return errors;
  });
}
