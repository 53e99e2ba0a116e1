import { ageColumn, nameColumn, textColumn } from '../../columns/column.js';
import { templateColumns } from '../../columns/pod-template.js';
import { type FieldError, forbidden } from '../../errors/field-error.js';
import type { StatefulSet, StatefulSetSpec, StatefulSetUpdateStrategy } from '../../generated/types.js';
import { cloneJson, equalButEmptyLists } from '../../json.js';
import type { Draft } from '../../objects.js';
import { defaultPodTemplate } from '../../pods/default-pod-spec.js';
import { labelSelectorText } from '../../selectors/label-selector.js';
import { dns1123LabelProblems, maskTrailingDash } from '../../validation/names.js';
import { warnOfFractions } from '../../warnings/warn-of-containers.js';
import { warningsOfPods } from '../../warnings/workload-warnings.js';
import { define, scaleOf, statusOf } from '../define.js';
import { validateCollisions, validateCounts, validateParts } from './replica-status.js';
import { validateStatefulSet } from './stateful-set-validation.js';

const parts = ['readyReplicas', 'currentReplicas', 'updatedReplicas', 'availableReplicas'];
const counts = ['replicas', ...parts, 'observedGeneration', 'collisionCount'];

const mutable = [
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
] as const;

export const statefulSets = define<StatefulSet>({
  group: 'apps',
  version: 'v1',
  kind: 'StatefulSet',
  plural: 'statefulsets',
  shortNames: ['sts'],
  categories: ['all'],
  namespaced: true,
  generation: true,
  subresources: [scaleOf(), statusOf('apps', 'v1', 'StatefulSet')],
  scale: {
    specReplicasPath: '.spec.replicas',
    statusReplicasPath: '.status.replicas',
    selector: (set) => labelSelectorText(set.spec.selector),
  },
  columns: [
    nameColumn,
    textColumn(
      'Ready',
      'How many replicas are ready, of how many.',
      ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec.replicas ?? 0}`,
    ),
    ageColumn,
    ...templateColumns<StatefulSet>(),
  ],

  defaults(draft) {
    draft.spec ??= {};
    const { spec } = draft;
    spec.podManagementPolicy ||= 'OrderedReady';
    spec.updateStrategy ??= {};
    defaultStrategy(spec.updateStrategy);
    spec.replicas ??= 1;
    spec.revisionHistoryLimit ??= 10;
    spec.persistentVolumeClaimRetentionPolicy ??= {};
    spec.persistentVolumeClaimRetentionPolicy.whenDeleted ||= 'Retain';
    spec.persistentVolumeClaimRetentionPolicy.whenScaled ||= 'Retain';
    for (const claim of spec.volumeClaimTemplates ?? []) {
      claim.apiVersion = 'v1';
      claim.kind = 'PersistentVolumeClaim';
      claim.spec ??= {};
      claim.spec.volumeMode ||= 'Filesystem';
      claim.status = { phase: 'Pending', ...claim.status };
    }
    spec.template ??= {};
    defaultPodTemplate(spec.template);
  },

  prepareForCreate(draft) {
    draft.status = { replicas: 0, availableReplicas: 0 };
    dropMaxUnavailable(draft);
  },
  prepareForUpdate(draft, old) {
    if (old.spec.updateStrategy?.rollingUpdate?.maxUnavailable === undefined) dropMaxUnavailable(draft);
  },

  nameProblems: (name, prefix) => dns1123LabelProblems(prefix ? maskTrailingDash(name) : name),
  validate: validateStatefulSet,
  warnings: warningsOfStatefulSet,
  validateUpdate: validateStatefulSetUpdate,
  validateStatusUpdate: ({ status }, old) => [
    ...validateCounts(status, counts),
    ...validateParts(status, parts, 'status.readyReplicas'),
    ...validateCollisions(status, old.status),
  ],
});

/** A strategy that is named but not described stays as it is. */
function defaultStrategy(strategy: Draft<StatefulSetUpdateStrategy>): void {
  if ((strategy.type ?? '') === '') {
    strategy.type = 'RollingUpdate';
    strategy.rollingUpdate ??= {};
  }
  if (strategy.type === 'RollingUpdate' && strategy.rollingUpdate !== undefined) strategy.rollingUpdate.partition ??= 0;
}

/** More than one pod at a time is behind the gate MaxUnavailableStatefulSet, which Kubernetes 1.34 keeps shut. */
function dropMaxUnavailable({ spec }: Draft<StatefulSet>): void {
  delete spec?.updateStrategy?.rollingUpdate?.maxUnavailable;
}

function warningsOfStatefulSet(draft: Draft<StatefulSet>, old: StatefulSet | undefined): string[] {
  const { template, volumeClaimTemplates = [], revisionHistoryLimit = 0 } = draft.spec ?? {};
  const recommended = 'a negative value retains all historical revisions; a value >= 0 is recommended';
  return [
    ...warningsOfPods(draft, old, template),
    ...volumeClaimTemplates.flatMap(({ spec }, index) => {
      const at = `spec.volumeClaimTemplates[${index}]${old === undefined ? '' : '.Spec'}`; // so Kubernetes calls it on an update
      return (['requests', 'limits'] as const).flatMap((name) =>
        warnOfFractions(spec?.resources?.[name], ['storage'], `${at}.resources.${name}`),
      );
    }),
    ...(revisionHistoryLimit < 0 ? [`spec.revisionHistoryLimit: ${recommended}`] : []),
  ];
}

function validateStatefulSetUpdate({ spec = {} }: Draft<StatefulSet>, old: StatefulSet): FieldError[] {
  const fixed = (from: Draft<StatefulSetSpec>) => {
    const copy = cloneJson(from);
    for (const name of mutable) delete copy[name];
    return copy;
  };
  if (equalButEmptyLists(fixed(spec), fixed(cloneJson(old.spec)))) return [];
  const names = mutable.map((name) => `'${name}'`);
  const why = `updates to statefulset spec for fields other than ${names.slice(0, -1).join(', ')} and ${names.at(-1)} are forbidden`;
  return [forbidden('spec', why)];
}
