import { ageColumn, countColumn, nameColumn, textColumn } from '../../columns/column.js';
import { mapText, selectorColumn, templateColumns } from '../../columns/pod-template.js';
import { notSupported } from '../../errors/field-error.js';
import type { DaemonSet } from '../../generated/types.js';
import { defaultPodTemplate } from '../../pods/default-pod-spec.js';
import { validateReplicaTemplate } from '../../pods/validate-template.js';
import { nonNegative } from '../../validation/check.js';
import { validateIntOrPercent } from '../../validation/int-or-percent.js';
import { immutable } from '../../validation/object-meta.js';
import { define, statusOf } from '../define.js';

export const daemonSets = define<DaemonSet>({
  group: 'apps',
  version: 'v1',
  kind: 'DaemonSet',
  plural: 'daemonsets',
  shortNames: ['ds'],
  categories: ['all'],
  namespaced: true,
  generation: true,
  subresources: [statusOf('apps', 'v1', 'DaemonSet')],
  columns: [
    nameColumn,
    countColumn('Desired', 'How many nodes should run its pod.', ({ status }) => status?.desiredNumberScheduled ?? 0),
    countColumn('Current', 'How many nodes run its pod.', ({ status }) => status?.currentNumberScheduled ?? 0),
    countColumn('Ready', 'How many of its pods are ready.', ({ status }) => status?.numberReady ?? 0),
    countColumn(
      'Up-to-date',
      'How many of its pods have the newest template.',
      ({ status }) => status?.updatedNumberScheduled ?? 0,
    ),
    countColumn(
      'Available',
      'How many of its pods have been ready for long enough.',
      ({ status }) => status?.numberAvailable ?? 0,
    ),
    textColumn('Node Selector', 'The labels of its nodes.', ({ spec }) => mapText(spec.template.spec?.nodeSelector)),
    ageColumn,
    ...templateColumns<DaemonSet>(),
    selectorColumn<DaemonSet>(),
  ],

  defaults(draft) {
    draft.spec ??= {};
    const { spec } = draft;
    spec.revisionHistoryLimit ??= 10;
    spec.updateStrategy ??= {};
    spec.updateStrategy.type ||= 'RollingUpdate';
    if (spec.updateStrategy.type === 'RollingUpdate') {
      spec.updateStrategy.rollingUpdate = { maxUnavailable: 1, maxSurge: 0, ...spec.updateStrategy.rollingUpdate };
    }
    defaultPodTemplate(spec.template);
  },

  validate({ spec = {} }) {
    const { type = '', rollingUpdate } = spec.updateStrategy ?? {};
    const known = type === 'RollingUpdate' || type === 'OnDelete';
    return [
      ...validateReplicaTemplate(spec.selector, spec.template, 'DaemonSet'),
      ...(known ? [] : [notSupported('spec.updateStrategy.type', type, ['OnDelete', 'RollingUpdate'])]),
      ...validateIntOrPercent(rollingUpdate?.maxUnavailable, 'spec.updateStrategy.rollingUpdate.maxUnavailable'),
      ...validateIntOrPercent(rollingUpdate?.maxSurge, 'spec.updateStrategy.rollingUpdate.maxSurge'),
      ...nonNegative('spec.minReadySeconds', spec.minReadySeconds),
      ...nonNegative('spec.revisionHistoryLimit', spec.revisionHistoryLimit),
    ];
  },

  validateUpdate: ({ spec }, old) => immutable('spec.selector', spec?.selector, old.spec.selector),
});
