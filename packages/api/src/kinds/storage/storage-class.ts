import { ageColumn, type Column, nameColumn, textColumn } from '../../columns/column.js';
import { required } from '../../errors/field-error.js';
import type { StorageClass } from '../../generated/types.js';
import { isEmpty } from '../../validation/check.js';
import { immutable } from '../../validation/object-meta.js';
import { define } from '../define.js';

const defaultAnnotation = 'storageclass.kubernetes.io/is-default-class';

const markedName: Column<StorageClass> = {
  ...nameColumn,
  cell: ({ metadata }) => `${metadata.name ?? ''}${metadata.annotations?.[defaultAnnotation] === 'true' ? ' (default)' : ''}`,
};

export const storageClasses = define<StorageClass>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'StorageClass',
  plural: 'storageclasses',
  shortNames: ['sc'],
  namespaced: false,
  columns: [
    markedName,
    textColumn('Provisioner', 'Who makes its volumes.', ({ provisioner }) => provisioner),
    textColumn('ReclaimPolicy', 'What becomes of its volumes.', ({ reclaimPolicy }) => reclaimPolicy ?? 'Delete'),
    textColumn('VolumeBindingMode', 'When claims are bound.', ({ volumeBindingMode }) => volumeBindingMode ?? 'Immediate'),
    {
      ...textColumn<StorageClass>('AllowVolumeExpansion', 'Whether volumes can grow.', ({ allowVolumeExpansion }) =>
        String(allowVolumeExpansion ?? false),
      ),
      type: 'boolean',
    },
    ageColumn,
  ],

  defaults(draft) {
    draft.reclaimPolicy ||= 'Delete';
    draft.volumeBindingMode ||= 'Immediate';
  },

  validate: ({ provisioner }) => (isEmpty(provisioner) ? [required('provisioner')] : []),
  validateUpdate: (draft, old) =>
    (['parameters', 'provisioner', 'reclaimPolicy', 'volumeBindingMode'] as const).flatMap((name) =>
      immutable(name, draft[name], old[name]),
    ),
});
