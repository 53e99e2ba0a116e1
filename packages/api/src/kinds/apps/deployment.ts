import { ageColumn, nameColumn, textColumn } from '../../columns/column.js';
import { selectorColumn, templateColumns } from '../../columns/pod-template.js';
import type { Deployment } from '../../generated/types.js';
import { equalJson } from '../../json.js';
import { defaultPodTemplate } from '../../pods/default-pod-spec.js';
import { labelSelectorText } from '../../selectors/label-selector.js';
import { immutable } from '../../validation/object-meta.js';
import { warningsOfNamedPods } from '../../warnings/workload-warnings.js';
import { define, scaleOf, statusOf } from '../define.js';
import { validateDeployment, validateDeploymentStatus } from './deployment-validation.js';
import { withoutTerminating } from './replica-status.js';

export const deployments = define<Deployment>({
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  plural: 'deployments',
  shortNames: ['deploy'],
  categories: ['all'],
  namespaced: true,
  generation: true,
  subresources: [scaleOf(), statusOf('apps', 'v1', 'Deployment')],
  statusKeeps: ['labels'],
  scale: {
    specReplicasPath: '.spec.replicas',
    statusReplicasPath: '.status.replicas',
    selector: (deployment) => labelSelectorText(deployment.spec.selector),
  },
  columns: [
    nameColumn,
    textColumn(
      'Ready',
      'How many replicas are ready, of how many.',
      ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec.replicas ?? 0}`,
    ),
    textColumn('Up-to-date', 'How many replicas have the newest template.', ({ status }) => status?.updatedReplicas ?? 0),
    textColumn('Available', 'How many replicas have been ready for long enough.', ({ status }) => status?.availableReplicas ?? 0),
    ageColumn,
    ...templateColumns<Deployment>(),
    selectorColumn<Deployment>(),
  ],

  defaults(draft) {
    draft.spec ??= {};
    const { spec } = draft;
    spec.replicas ??= 1;
    spec.revisionHistoryLimit ??= 10;
    spec.progressDeadlineSeconds ??= 600;
    spec.strategy ??= {};
    spec.strategy.type ||= 'RollingUpdate';
    if (spec.strategy.type === 'RollingUpdate')
      spec.strategy.rollingUpdate = { maxUnavailable: '25%', maxSurge: '25%', ...spec.strategy.rollingUpdate };
    spec.template ??= {};
    defaultPodTemplate(spec.template);
  },

  /** Annotations are passed on to the ReplicaSets, so that a change of theirs is one that the controller has to see. */
  prepareForUpdate(draft, { metadata: { annotations = {}, generation = 0 } }) {
    draft.metadata ??= {};
    if (!equalJson(draft.metadata.annotations ?? {}, annotations)) draft.metadata.generation = generation + 1;
  },

  prepareForStatusUpdate: withoutTerminating,
  validate: validateDeployment,
  warnings: (deployment, old) => warningsOfNamedPods(deployment, old, deployment.spec?.template),
  validateStatusUpdate: validateDeploymentStatus,
  validateUpdate: ({ spec }, old) => immutable('spec.selector', spec?.selector, old.spec.selector),
});
