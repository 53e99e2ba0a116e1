import { ageColumn, textColumn } from '../../columns/column.js';
import { markedNameColumn } from '../../columns/default-mark.js';
import { forbidden } from '../../errors/field-error.js';
import type { StorageClass } from '../../generated/types.js';
import { equalJson } from '../../json.js';
import { oneOf } from '../../validation/check.js';
import { immutable } from '../../validation/object-meta.js';
import { warnOfLabel } from '../../warnings/deprecated-labels.js';
import { define } from '../define.js';
import { validateParameters } from './parameters.js';
import { validateProvisioner } from './provisioner.js';
import { validateTopologies } from './topologies.js';

const defaultAnnotations = ['storageclass.kubernetes.io/is-default-class', 'storageclass.beta.kubernetes.io/is-default-class'];

export const storageClasses = define<StorageClass>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'StorageClass',
  plural: 'storageclasses',
  shortNames: ['sc'],
  namespaced: false,
  returnsDeleted: true,
  columns: [
    markedNameColumn(defaultAnnotations),
    textColumn('Provisioner', 'Who makes its volumes.', ({ provisioner }) => provisioner),
    textColumn('ReclaimPolicy', 'What becomes of its volumes.', ({ reclaimPolicy }) => reclaimPolicy ?? 'Delete'),
    textColumn('VolumeBindingMode', 'When claims are bound.', ({ volumeBindingMode }) => volumeBindingMode ?? 'Immediate'),
    textColumn('AllowVolumeExpansion', 'Whether volumes can grow.', ({ allowVolumeExpansion }) => allowVolumeExpansion ?? false),
    ageColumn,
  ],

  defaults(draft) {
    draft.reclaimPolicy ||= 'Delete';
    draft.volumeBindingMode ||= 'Immediate';
  },

  validate: (draft) => [
    ...validateProvisioner(draft.provisioner, 'provisioner'),
    ...validateParameters(draft.parameters, 'parameters', true),
    ...oneOf('reclaimPolicy', draft.reclaimPolicy, ['Delete', 'Retain']),
    ...oneOf('volumeBindingMode', draft.volumeBindingMode, ['Immediate', 'WaitForFirstConsumer']),
    ...validateTopologies(draft.allowedTopologies ?? [], 'allowedTopologies'),
  ],
  warnings: ({ allowedTopologies = [] }) =>
    allowedTopologies.flatMap(({ matchLabelExpressions = [] }, index) =>
      matchLabelExpressions.flatMap(({ key = '' }, i) =>
        warnOfLabel(key, (message) => `allowedTopologies[${index}].matchLabelExpressions[${i}].key: ${message}`),
      ),
    ),
  validateUpdate: (draft, old) => [
    ...(['parameters', 'provisioner', 'reclaimPolicy'] as const).flatMap((name) =>
      equalJson(draft[name], old[name]) ? [] : [forbidden(name, `updates to ${name} are forbidden.`)],
    ),
    ...immutable('volumeBindingMode', draft.volumeBindingMode, old.volumeBindingMode),
  ],
});
