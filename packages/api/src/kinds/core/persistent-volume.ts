import { accessModesText } from '../../columns/access-modes.js';
import { ageColumn, nameColumn, textColumn, wide } from '../../columns/column.js';
import type { PersistentVolume } from '../../generated/types.js';
import { defaultVolumeSource } from '../../pods/default-volume-source.js';
import { define, statusOf } from '../define.js';
import { storageClassOf } from '../storage/class-name.js';
import { validatePersistentVolume, validatePersistentVolumeUpdate } from './persistent-volume-validation.js';
import { warningsOfVolume } from './volume-warnings.js';

export const persistentVolumes = define<PersistentVolume>({
  group: '',
  version: 'v1',
  kind: 'PersistentVolume',
  plural: 'persistentvolumes',
  shortNames: ['pv'],
  namespaced: false,
  returnsDeleted: true,
  subresources: [statusOf('', 'v1', 'PersistentVolume')],
  columns: [
    nameColumn,
    textColumn('Capacity', 'How much it holds.', ({ spec }) => spec.capacity?.['storage'] ?? '0'),
    textColumn('Access Modes', 'How it can be mounted.', ({ spec }) => accessModesText(spec.accessModes)),
    textColumn(
      'Reclaim Policy',
      'What becomes of it when it is released.',
      ({ spec }) => spec.persistentVolumeReclaimPolicy ?? '',
    ),
    textColumn('Status', 'Its phase.', ({ metadata, status }) =>
      metadata.deletionTimestamp === undefined ? (status?.phase ?? '') : 'Terminating',
    ),
    textColumn('Claim', 'The claim that it is bound to.', ({ spec: { claimRef } }) =>
      claimRef === undefined ? '' : `${claimRef.namespace ?? ''}/${claimRef.name ?? ''}`,
    ),
    textColumn('StorageClass', 'The class that it belongs to.', storageClassOf),
    textColumn(
      'VolumeAttributesClass',
      'The class of its attributes.',
      ({ spec }) => spec.volumeAttributesClassName ?? '<unset>',
    ),
    textColumn('Reason', 'Why it has failed.', ({ status }) => status?.reason ?? ''),
    ageColumn,
    wide(textColumn('VolumeMode', 'Whether it is a file system or a block device.', ({ spec }) => spec.volumeMode ?? '<unset>')),
  ],

  defaults(draft) {
    draft.spec ??= {};
    draft.spec.persistentVolumeReclaimPolicy ||= 'Retain';
    draft.spec.volumeMode ||= 'Filesystem';
    defaultVolumeSource(draft.spec);
  },

  prepareForCreate(draft) {
    draft.status = { phase: 'Pending', lastPhaseTransitionTime: draft.metadata?.creationTimestamp };
  },

  /** The time of a new phase is the client's, if it gives one. */
  prepareForStatusUpdate(draft, { status: before }, now) {
    const status = draft.status ?? {};
    draft.status = status;
    const given = status.lastPhaseTransitionTime;
    if (status.phase === before?.phase) status.lastPhaseTransitionTime = given ?? before?.lastPhaseTransitionTime;
    else if (given === undefined || given === before?.lastPhaseTransitionTime) status.lastPhaseTransitionTime = now;
  },

  validate: validatePersistentVolume,
  validateUpdate: validatePersistentVolumeUpdate,
  warnings: warningsOfVolume,
});
