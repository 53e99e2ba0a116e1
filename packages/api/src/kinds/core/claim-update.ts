import { type FieldError, forbidden, invalid } from '../../errors/field-error.js';
import { unifiedDiff } from '../../errors/unified-diff.js';
import type { PersistentVolumeClaim, PersistentVolumeClaimSpec } from '../../generated/types.js';
import { cloneJson, equalButEmptyLists } from '../../json.js';
import type { Draft } from '../../objects.js';
import { immutable, immutableMessage } from '../../validation/object-meta.js';
import { compareQuantities } from '../../values/quantity.js';
import { classAnnotation } from '../storage/class-name.js';
import { alignDataSources } from './claim-data-source.js';

/** What may follow once: the volume that a controller binds, the class that it fills in; the size of a bound claim. */
export function validateClaimUpdate(draft: Draft<PersistentVolumeClaim>, old: PersistentVolumeClaim): FieldError[] {
  const { spec = {}, status } = draft;
  const bound = status?.phase === 'Bound';
  const mayGetClass = getsItsClass(draft, old);
  const fixed = (from: Draft<PersistentVolumeClaimSpec>) => {
    const copy = cloneJson(from);
    alignDataSources(copy);
    if (bound) {
      delete copy.resources?.requests?.['storage'];
      delete copy.volumeAttributesClassName;
    }
    if ((old.spec.volumeName ?? '') === '') delete copy.volumeName;
    if (mayGetClass) delete copy.storageClassName;
    return copy;
  };
  const [before, now] = [fixed(cloneJson(old.spec)), fixed(spec)];
  const why = 'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims';
  return [
    ...validateClassAnnotation(draft, old),
    ...(equalButEmptyLists(now, before) ? [] : [forbidden('spec', `${why}\n${unifiedDiff(before, now)}`)]),
    ...validateShrinking(spec, old),
    ...immutable('volumeMode', spec.volumeMode, old.spec.volumeMode),
    ...validateAttributes(spec.volumeAttributesClassName, old),
  ];
}

/** Whether a claim that has no class in its spec is given one, which is the one of its annotation if it has that. */
function getsItsClass({ spec }: Draft<PersistentVolumeClaim>, old: PersistentVolumeClaim): boolean {
  const name = spec?.storageClassName;
  return old.spec.storageClassName === undefined && name !== undefined && name === (annotatedClass(old) ?? name);
}

/** The annotation stays, but may go when the spec says the same. */
function validateClassAnnotation(draft: Draft<PersistentVolumeClaim>, old: PersistentVolumeClaim): FieldError[] {
  const [now, before] = [annotatedClass(draft), annotatedClass(old)];
  if ((now ?? '') === (before ?? '') || (now === undefined && getsItsClass(draft, old))) return [];
  return [invalid(`metadata.annotations.${classAnnotation}`, now ?? '', immutableMessage)];
}

function annotatedClass({ metadata }: Draft<PersistentVolumeClaim> | PersistentVolumeClaim): string | undefined {
  return metadata?.annotations?.[classAnnotation];
}

/** A claim whose expansion failed may want less again, but not less than it has. */
function validateShrinking(spec: Draft<PersistentVolumeClaimSpec>, old: PersistentVolumeClaim): FieldError[] {
  const size = spec.resources?.requests?.['storage'] ?? '0';
  const before = old.spec.resources?.requests?.['storage'] ?? '0';
  const has = old.status?.capacity?.['storage'] ?? '0';
  if (compareQuantities(size, before) >= 0 || compareQuantities(size, has) > 0) return [];
  return [forbidden('spec.resources.requests.storage', 'field can not be less than status.capacity')];
}

/** A volume that has been given a class of attributes cannot go back to none. */
function validateAttributes(now: string | undefined, { spec, status }: PersistentVolumeClaim): FieldError[] {
  const changed = now !== spec.volumeAttributesClassName && status?.currentVolumeAttributesClassName !== undefined;
  if (!changed || (now !== undefined && now !== '')) return [];
  const what = now === undefined ? 'nil' : 'empty string';
  const why = `update to ${what} is forbidden when status.currentVolumeAttributesClassName is not nil`;
  return [forbidden('spec.volumeAttributesClassName', why)];
}
