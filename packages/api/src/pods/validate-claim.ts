import { type FieldError, forbidden, invalid, notSupported, required } from '../errors/field-error.js';
import type { PersistentVolumeClaimSpec, PersistentVolumeClaimTemplate, TypedObjectReference } from '../generated/types.js';
import type { Draft } from '../objects.js';
import { isEmpty, problemsOf } from '../validation/check.js';
import { validateLabelSelector } from '../validation/label-selector.js';
import { dns1123LabelProblems, dns1123SubdomainProblems } from '../validation/names.js';
import { validateAnnotations, validateLabels } from '../validation/object-meta.js';
import { compareQuantities } from '../values/quantity.js';

const accessModes = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'];
export const volumeModes = ['Block', 'Filesystem'];

export function validateAccessModes(modes: readonly string[], field: string): FieldError[] {
  const errors = modes.flatMap((mode) => (accessModes.includes(mode) ? [] : [notSupported(field, mode, accessModes)]));
  const known = modes.filter((mode) => accessModes.includes(mode));
  const alone = !known.includes('ReadWriteOncePod') || known.every((mode) => mode === 'ReadWriteOncePod');
  return alone ? errors : [...errors, forbidden(field, 'may not use ReadWriteOncePod with other access modes')];
}

/** The name of a class, such as a storage class; an empty one means none. */
export function validateClassName(name: string | undefined, field: string): FieldError[] {
  return name === undefined || name === '' ? [] : problemsOf(field, name, dns1123SubdomainProblems(name));
}

export function validateClaimSpec(spec: Draft<PersistentVolumeClaimSpec>, field: string): FieldError[] {
  const { accessModes: modes = [], volumeMode, dataSource, dataSourceRef } = spec;
  const size = spec.resources?.requests?.['storage'];
  const sizeField = `${field}.resources[storage]`;
  const errors = [
    ...(modes.length === 0 ? [required(`${field}.accessModes`, 'at least 1 access mode is required')] : []),
    ...validateLabelSelector(spec.selector, `${field}.selector`),
    ...validateAccessModes(modes, `${field}.accessModes`),
    ...(size === undefined ? [required(sizeField)] : []),
    ...(size !== undefined && compareQuantities(size, 0) <= 0 ? [invalid(sizeField, size, 'must be greater than zero')] : []),
    ...validateClassName(spec.storageClassName, `${field}.storageClassName`),
    ...(volumeMode === undefined || volumeModes.includes(volumeMode)
      ? []
      : [notSupported(`${field}.volumeMode`, volumeMode, volumeModes)]),
    ...(dataSource === undefined ? [] : validateDataSource(dataSource, `${field}.dataSource`)),
    ...(dataSourceRef === undefined ? [] : validateDataSource(dataSourceRef, `${field}.dataSourceRef`)),
  ];
  if (dataSource !== undefined && !isEmpty(dataSourceRef?.namespace)) {
    errors.push(invalid(field, {}, 'may not be specified when dataSourceRef.namespace is specified'));
  } else if (dataSource !== undefined && dataSourceRef !== undefined && !sameSource(dataSource, dataSourceRef)) {
    errors.push(invalid(field, {}, 'must match dataSourceRef'));
  }
  return [...errors, ...validateClassName(spec.volumeAttributesClassName, `${field}.volumeAttributesClassName`)];
}

type Source = Draft<TypedObjectReference>;

function validateDataSource({ apiGroup = '', kind = '', name = '', namespace = '' }: Source, at: string): FieldError[] {
  return [
    ...(name === '' ? [required(`${at}.name`)] : []),
    ...(kind === '' ? [required(`${at}.kind`)] : []),
    ...(apiGroup === '' && kind !== 'PersistentVolumeClaim'
      ? [invalid(at, kind, "must be 'PersistentVolumeClaim' when referencing the default apiGroup")]
      : []),
    ...(apiGroup === '' ? [] : problemsOf(`${at}.apiGroup`, apiGroup, dns1123SubdomainProblems(apiGroup))),
    ...(namespace === '' ? [] : problemsOf(`${at}.namespace`, namespace, dns1123LabelProblems(namespace))),
  ];
}

function sameSource(a: Source, b: Source): boolean {
  return a.apiGroup === b.apiGroup && a.kind === b.kind && a.name === b.name;
}

/** In Go's order, with its spelling of `uid`. */
const foreignMembers = {
  name: 'name',
  generateName: 'generateName',
  namespace: 'namespace',
  selfLink: 'selfLink',
  uid: 'uID',
  resourceVersion: 'resourceVersion',
  generation: 'generation',
  creationTimestamp: 'creationTimestamp',
  deletionTimestamp: 'deletionTimestamp',
  deletionGracePeriodSeconds: 'deletionGracePeriodSeconds',
  ownerReferences: 'ownerReferences',
  finalizers: 'finalizers',
  managedFields: 'managedFields',
} as const;

/** A claim that is made with its pod: of its metadata only labels and annotations make sense. */
export function validateClaimTemplate(
  { metadata = {}, spec = {} }: Draft<PersistentVolumeClaimTemplate>,
  field: string,
): FieldError[] {
  const at = `${field}.metadata`;
  const given = (Object.keys(foreignMembers) as (keyof typeof foreignMembers)[]).filter((name) => {
    const value = metadata[name];
    return value !== undefined && value !== '' && !(name === 'generation' && value === 0);
  });
  return [
    ...validateAnnotations(metadata.annotations, `${at}.annotations`),
    ...validateLabels(metadata.labels, `${at}.labels`),
    ...given.map((name) => forbidden(`${at}.${foreignMembers[name]}`, 'cannot be set')),
    ...validateClaimSpec(spec, `${field}.spec`),
  ];
}
