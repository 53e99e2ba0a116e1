import { ageColumn, countColumn, nameColumn } from '../../columns/column.js';
import { selectorColumn, templateColumns } from '../../columns/pod-template.js';
import type { ReplicaSet } from '../../generated/types.js';
import { defaultPodTemplate } from '../../pods/default-pod-spec.js';
import { validateReplicaTemplate, validateSelector } from '../../pods/validate-template.js';
import { labelSelectorText } from '../../selectors/label-selector.js';
import { nonNegative } from '../../validation/check.js';
import { immutable } from '../../validation/object-meta.js';
import { warningsOfNamedPods } from '../../warnings/workload-warnings.js';
import { define, scaleOf, statusOf } from '../define.js';
import { validateReplicaStatus, withoutTerminating } from './replica-status.js';

export const replicaSets = define<ReplicaSet>({
  group: 'apps',
  version: 'v1',
  kind: 'ReplicaSet',
  plural: 'replicasets',
  shortNames: ['rs'],
  categories: ['all'],
  namespaced: true,
  generation: true,
  subresources: [scaleOf(), statusOf('apps', 'v1', 'ReplicaSet')],
  scale: {
    specReplicasPath: '.spec.replicas',
    statusReplicasPath: '.status.replicas',
    selector: (replicaSet) => labelSelectorText(replicaSet.spec.selector),
  },
  columns: [
    nameColumn,
    countColumn('Desired', 'How many replicas are wanted.', ({ spec }) => spec.replicas ?? 0),
    countColumn('Current', 'How many replicas there are.', ({ status }) => status?.replicas ?? 0),
    countColumn('Ready', 'How many replicas are ready.', ({ status }) => status?.readyReplicas ?? 0),
    ageColumn,
    ...templateColumns<ReplicaSet>(),
    selectorColumn<ReplicaSet>(),
  ],
  selectableFields: { 'status.replicas': ({ status }) => String(status?.replicas ?? 0) },

  defaults(draft) {
    draft.spec ??= {};
    draft.spec.replicas ??= 1;
    draft.spec.template ??= {};
    defaultPodTemplate(draft.spec.template);
  },

  prepareForCreate(draft) {
    draft.status = { replicas: 0 };
  },

  prepareForStatusUpdate: withoutTerminating,

  validate({ spec = {} }) {
    return [
      ...nonNegative('spec.replicas', spec.replicas),
      ...nonNegative('spec.minReadySeconds', spec.minReadySeconds),
      ...validateSelector(spec.selector, 'deployment'),
      ...validateReplicaTemplate(spec.selector, spec.template, 'ReplicaSet'),
    ];
  },

  warnings: (replicaSet, old) => warningsOfNamedPods(replicaSet, old, replicaSet.spec?.template),
  validateUpdate: ({ spec }, old) => immutable('spec.selector', spec?.selector, old.spec.selector),
  validateStatusUpdate: ({ status }) => validateReplicaStatus(status),
});
