import { type FieldError, forbidden } from '../../errors/field-error.js';
import type { PersistentVolumeClaim, PersistentVolumeClaimSpec } from '../../generated/types.js';
import { cloneJson, equalJson } from '../../json.js';
import type { Draft } from '../../objects.js';
import { immutable } from '../../validation/object-meta.js';
import { compareQuantities } from '../../values/quantity.js';

/** What may follow once: the volume that a controller binds, the class that it fills in; the size of a bound claim. */
export function validateClaimUpdate(
  { spec = {}, status }: Draft<PersistentVolumeClaim>,
  old: PersistentVolumeClaim,
): FieldError[] {
  const bound = status?.phase === 'Bound';
  const fixed = (from: Draft<PersistentVolumeClaimSpec>) => {
    const copy = cloneJson(from);
    if (bound) {
      delete copy.resources?.requests?.['storage'];
      if (spec.volumeAttributesClassName !== undefined) delete copy.volumeAttributesClassName;
    }
    if ((old.spec.volumeName ?? '') === '') delete copy.volumeName;
    if (old.spec.storageClassName === undefined) delete copy.storageClassName;
    return copy;
  };
  const why = 'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims';
  return [
    ...(equalJson(fixed(spec), fixed(cloneJson(old.spec))) ? [] : [forbidden('spec', why)]),
    ...validateShrinking(spec, old),
    ...immutable('volumeMode', spec.volumeMode, old.spec.volumeMode),
    ...validateAttributes(spec.volumeAttributesClassName, old.spec.volumeAttributesClassName),
  ];
}

/** A claim whose expansion failed may want less again, but not less than it has. */
function validateShrinking(spec: Draft<PersistentVolumeClaimSpec>, old: PersistentVolumeClaim): FieldError[] {
  const size = spec.resources?.requests?.['storage'] ?? '0';
  const before = old.spec.resources?.requests?.['storage'] ?? '0';
  const has = old.status?.capacity?.['storage'] ?? '0';
  if (compareQuantities(size, before) >= 0 || compareQuantities(size, has) > 0) return [];
  return [forbidden('spec.resources.requests.storage', 'field can not be less than status.capacity')];
}

function validateAttributes(now: string | undefined, before: string | undefined): FieldError[] {
  if (before === undefined || (now !== undefined && now !== '')) return [];
  const what = now === undefined ? 'nil' : 'an empty string';
  return [forbidden('spec.volumeAttributesClassName', `update from non-nil value to ${what} is forbidden`)];
}
