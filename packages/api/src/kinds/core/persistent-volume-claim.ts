import { accessModesText } from '../../columns/access-modes.js';
import { ageColumn, nameColumn, textColumn, wide } from '../../columns/column.js';
import { storageClassText } from '../../columns/storage-class-name.js';
import { invalid } from '../../errors/field-error.js';
import type { PersistentVolumeClaim } from '../../generated/types.js';
import { validateClaimSpec } from '../../pods/validate-claim.js';
import { compareQuantities, quantityValue } from '../../values/quantity.js';
import { define, statusOf } from '../define.js';
import { validateClaimUpdate } from './claim-update.js';

export const persistentVolumeClaims = define<PersistentVolumeClaim>({
  group: '',
  version: 'v1',
  kind: 'PersistentVolumeClaim',
  plural: 'persistentvolumeclaims',
  shortNames: ['pvc'],
  namespaced: true,
  returnsDeleted: true,
  subresources: [statusOf('', 'v1', 'PersistentVolumeClaim')],
  columns: [
    nameColumn,
    textColumn('Status', 'Its phase.', ({ metadata, status }) =>
      metadata.deletionTimestamp === undefined ? (status?.phase ?? '') : 'Terminating',
    ),
    textColumn('Volume', 'The volume that it is bound to.', ({ spec }) => spec.volumeName ?? ''),
    textColumn('Capacity', 'How much the volume holds.', (claim) =>
      isBound(claim) ? (claim.status?.capacity?.['storage'] ?? '0') : '',
    ),
    textColumn('Access Modes', 'How the volume can be mounted.', (claim) =>
      isBound(claim) ? accessModesText(claim.status?.accessModes) : '',
    ),
    textColumn('StorageClass', 'The class that it asks for.', storageClassText),
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

  validate: ({ spec }) => validateClaimSpec(spec ?? {}, 'spec'),
  validateUpdate: validateClaimUpdate,
  validateStatusUpdate: ({ status }) =>
    Object.entries(status?.capacity ?? {}).flatMap(([name, amount = '0']) =>
      compareQuantities(amount, 0) < 0
        ? [invalid(`status.capacity[${name}]`, quantityValue(amount), 'must be a valid resource quantity')]
        : [],
    ),
});

function isBound({ spec }: PersistentVolumeClaim): boolean {
  return (spec.volumeName ?? '') !== '';
}
