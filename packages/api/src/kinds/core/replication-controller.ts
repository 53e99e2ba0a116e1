import { ageColumn, countColumn, nameColumn, textColumn, wide } from '../../columns/column.js';
import { mapText, templateColumns } from '../../columns/pod-template.js';
import { type FieldError, required } from '../../errors/field-error.js';
import type { ReplicationController } from '../../generated/types.js';
import type { Draft } from '../../objects.js';
import { defaultPodTemplate } from '../../pods/default-pod-spec.js';
import { validateEndless, validateMatch, validatePodTemplate } from '../../pods/validate-template.js';
import { nonNegative } from '../../validation/check.js';
import { warningsOfNamedPods } from '../../warnings/workload-warnings.js';
import { validateReplicaStatus } from '../apps/replica-status.js';
import { define, scaleOf, statusOf } from '../define.js';

export const replicationControllers = define<ReplicationController>({
  group: '',
  version: 'v1',
  kind: 'ReplicationController',
  plural: 'replicationcontrollers',
  shortNames: ['rc'],
  categories: ['all'],
  namespaced: true,
  generation: true,
  storagePath: 'controllers',
  subresources: [scaleOf(), statusOf('', 'v1', 'ReplicationController')],
  scale: {
    specReplicasPath: '.spec.replicas',
    statusReplicasPath: '.status.replicas',
    selector: ({ spec }) => (spec.selector === undefined ? '' : mapText(spec.selector)),
  },
  columns: [
    nameColumn,
    countColumn('Desired', 'How many replicas are wanted.', ({ spec }) => spec.replicas ?? 0),
    countColumn('Current', 'How many replicas there are.', ({ status }) => status?.replicas ?? 0),
    countColumn('Ready', 'How many replicas are ready.', ({ status }) => status?.readyReplicas ?? 0),
    ageColumn,
    ...templateColumns<ReplicationController>(),
    wide(textColumn('Selector', 'The labels of its pods.', ({ spec }) => mapText(spec.selector))),
  ],
  selectableFields: { 'status.replicas': ({ status }) => String(status?.replicas ?? 0) },

  defaults(draft) {
    draft.spec ??= {};
    const { spec } = draft;
    const labels = spec.template?.metadata?.labels;
    if (labels !== undefined) {
      if (Object.keys(spec.selector ?? {}).length === 0) spec.selector = { ...labels };
      draft.metadata ??= {};
      if (Object.keys(draft.metadata.labels ?? {}).length === 0) draft.metadata.labels = { ...labels };
    }
    spec.replicas ??= 1;
    defaultPodTemplate(spec.template);
  },

  prepareForCreate(draft) {
    draft.status = { replicas: 0 };
  },

  validate: validateReplicationController,
  warnings: (controller, old) => warningsOfNamedPods(controller, old, controller.spec?.template),
  validateStatusUpdate: ({ status }) => validateReplicaStatus(status),
});

function validateReplicationController({ spec = {} }: Draft<ReplicationController>): FieldError[] {
  const { selector, template } = spec;
  const anything = Object.keys(selector ?? {}).length === 0;
  return [
    ...nonNegative('spec.minReadySeconds', spec.minReadySeconds),
    ...(anything ? [required('spec.selector')] : []),
    ...nonNegative('spec.replicas', spec.replicas),
    ...(anything ? [] : validateMatch({ matchLabels: selector }, template, 'spec.template')),
    ...validatePodTemplate(template, 'spec.template'),
    ...validateEndless(template, 'ReplicationController', 'spec.template.spec'),
  ];
}
