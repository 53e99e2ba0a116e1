import { accessModesText } from '../../columns/access-modes.js';
import { ageColumn, nameColumn, textColumn, wide } from '../../columns/column.js';
import type { PersistentVolumeClaim } from '../../generated/types.js';
import { validateClaimSpec } from '../../pods/validate-claim.js';
import { define, statusOf } from '../define.js';
import { storageClassOf } from '../storage/class-name.js';
import { settleDataSource } from './claim-data-source.js';
import { validateClaimStatus } from './claim-status.js';
import { validateClaimUpdate } from './claim-update.js';
import { warningsOfClaim } from './volume-warnings.js';

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
    textColumn('StorageClass', 'The class that it asks for.', storageClassOf),
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
    settleDataSource(draft.spec ?? {});
  },

  prepareForUpdate(draft, old) {
    settleDataSource(draft.spec ?? {}, old.spec);
  },

  validate: ({ spec }) => validateClaimSpec(spec ?? {}, 'spec'),
  validateUpdate: validateClaimUpdate,
  validateStatusUpdate: validateClaimStatus,
  warnings: warningsOfClaim,
});

function isBound({ spec }: PersistentVolumeClaim): boolean {
  return (spec.volumeName ?? '') !== '';
}
