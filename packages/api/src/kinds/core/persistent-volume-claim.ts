import { accessModesText } from '../../columns/access-modes.js';
import { ageColumn, nameColumn, textColumn, wide } from '../../columns/column.js';
import { type FieldError, forbidden, required } from '../../errors/field-error.js';
import type { PersistentVolumeClaim, PersistentVolumeClaimSpec } from '../../generated/types.js';
import { cloneJson, equalJson } from '../../json.js';
import type { Draft } from '../../objects.js';
import { oneOf } from '../../validation/check.js';
import { define, statusOf } from '../define.js';
import { accessModes } from './persistent-volume.js';

export const persistentVolumeClaims = define<PersistentVolumeClaim>({
  group: '',
  version: 'v1',
  kind: 'PersistentVolumeClaim',
  plural: 'persistentvolumeclaims',
  shortNames: ['pvc'],
  namespaced: true,
  subresources: [statusOf('', 'v1', 'PersistentVolumeClaim')],
  columns: [
    nameColumn,
    textColumn('Status', 'Its phase.', ({ metadata, status }) =>
      metadata.deletionTimestamp === undefined ? (status?.phase ?? '') : 'Terminating',
    ),
    textColumn('Volume', 'The volume that it is bound to.', ({ spec }) => spec.volumeName ?? ''),
    textColumn('Capacity', 'How much the volume holds.', (claim) =>
      isBound(claim) ? (claim.status?.capacity?.['storage'] ?? '') : '',
    ),
    textColumn('Access Modes', 'How the volume can be mounted.', (claim) =>
      isBound(claim) ? accessModesText(claim.status?.accessModes) : '',
    ),
    textColumn('StorageClass', 'The class that it asks for.', ({ spec }) => spec.storageClassName ?? ''),
    textColumn(
      'VolumeAttributesClass',
      'The class of its attributes.',
      ({ spec }) => spec.volumeAttributesClassName ?? '<unset>',
    ),
    ageColumn,
    wide(textColumn('VolumeMode', 'Whether it is a file system or a block device.', ({ spec }) => spec.volumeMode ?? '<unset>')),
  ],

  defaults(draft) {
    draft.spec ??= {};
    draft.spec.volumeMode ||= 'Filesystem';
  },

  prepareForCreate(draft) {
    draft.status = { phase: 'Pending' };
  },

  validate({ spec = {} }) {
    const modes = spec.accessModes ?? [];
    return [
      ...(modes.length === 0
        ? [required('spec.accessModes', 'at least 1 access mode is required')]
        : modes.flatMap((mode) => oneOf('spec.accessModes', mode, accessModes))),
      ...(spec.resources?.requests?.['storage'] === undefined ? [required('spec.resources[storage]')] : []),
    ];
  },

  validateUpdate: validateClaimUpdate,
});

function isBound({ spec }: PersistentVolumeClaim): boolean {
  return (spec.volumeName ?? '') !== '';
}

/** What may follow once: the volume that a controller binds, the class that it fills in, the size of a bound claim. */
function validateClaimUpdate({ spec = {} }: Draft<PersistentVolumeClaim>, old: PersistentVolumeClaim): FieldError[] {
  const fixed = (from: Draft<PersistentVolumeClaimSpec>) => {
    const copy = cloneJson(from);
    delete copy.resources?.requests?.['storage'];
    delete copy.volumeAttributesClassName;
    if ((old.spec.volumeName ?? '') === '') delete copy.volumeName;
    if (old.spec.storageClassName === undefined) delete copy.storageClassName;
    return copy;
  };
  if (equalJson(fixed(spec), fixed(cloneJson(old.spec)))) return [];
  const why = 'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims';
  return [forbidden('spec', why)];
}
