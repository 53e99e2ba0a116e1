import { ageColumn, countColumn, nameColumn, textColumn } from '../../columns/column.js';
import { mapText, selectorColumn, templateColumns } from '../../columns/pod-template.js';
import { type FieldError, invalid, notSupported, required } from '../../errors/field-error.js';
import { goForm } from '../../errors/go-form.js';
import type { DaemonSet, DaemonSetUpdateStrategy } from '../../generated/types.js';
import { equalButEmptyLists } from '../../json.js';
import type { Draft } from '../../objects.js';
import { defaultPodTemplate } from '../../pods/default-pod-spec.js';
import { validateEndless, validateMatch, validatePodTemplate } from '../../pods/validate-template.js';
import { nonNegative } from '../../validation/check.js';
import { notAboveAll, percentOf, validateIntOrPercent } from '../../validation/int-or-percent.js';
import { validateLabelSelector } from '../../validation/label-selector.js';
import { immutable } from '../../validation/object-meta.js';
import { warningsOfTemplate } from '../../warnings/pod-warnings.js';
import { define, statusOf } from '../define.js';
import { validateCollisions, validateCounts } from './replica-status.js';
import { surgeStrategyShape } from './strategy-shapes.js';

const counts = [
  'currentNumberScheduled',
  'numberMisscheduled',
  'desiredNumberScheduled',
  'numberReady',
  'observedGeneration',
  'updatedNumberScheduled',
  'numberAvailable',
  'numberUnavailable',
  'collisionCount',
];

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
    spec.template ??= {};
    defaultPodTemplate(spec.template);
  },

  prepareForCreate(draft) {
    draft.status = { currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0 };
    setTemplateGeneration(draft, Math.max(templateGeneration(draft), 1));
  },
  prepareForUpdate(draft, old) {
    const changed = !equalButEmptyLists(draft.spec?.template, old.spec.template);
    setTemplateGeneration(draft, templateGeneration(old) + (changed ? 1 : 0));
  },
  prepareForStatusUpdate: (draft, old) => setTemplateGeneration(draft, templateGeneration(old)),

  validate({ spec = {} }) {
    const { selector, template } = spec;
    const empty = selector !== undefined && Object.values(selector).every((part) => Object.keys(part ?? {}).length === 0);
    return [
      ...validateLabelSelector(selector, 'spec.selector'),
      ...validateMatch(selector, template, 'spec.template'),
      ...(empty ? [invalid('spec.selector', selector, 'empty selector is invalid for daemonset')] : []),
      ...validatePodTemplate(template, 'spec.template'),
      ...validateEndless(template, 'DaemonSet', 'spec.template.spec'),
      ...nonNegative('spec.minReadySeconds', spec.minReadySeconds),
      ...validateStrategy(spec.updateStrategy ?? {}, 'spec.updateStrategy'),
      ...nonNegative('spec.revisionHistoryLimit', spec.revisionHistoryLimit),
    ];
  },

  warnings: (draft, old) =>
    old !== undefined && templateGeneration(draft) === templateGeneration(old)
      ? []
      : warningsOfTemplate(draft.spec?.template ?? {}, 'spec.template'),
  validateUpdate: ({ spec }, old) => immutable('spec.selector', spec?.selector, old.spec.selector),
  validateStatusUpdate: ({ status }, old) => [...validateCounts(status, counts), ...validateCollisions(status, old.status)],
});

/** How often the template has changed: once a member of the spec, for older clients to be found among the annotations. */
const templateGenerationAnnotation = 'deprecated.daemonset.template.generation';

function templateGeneration({ metadata }: Draft<DaemonSet> | DaemonSet): number {
  const text = metadata?.annotations?.[templateGenerationAnnotation] ?? '';
  return /^[+-]?\d+$/.test(text) ? Number(text) : 0;
}

function setTemplateGeneration(draft: Draft<DaemonSet>, generation: number): void {
  draft.metadata ??= {};
  draft.metadata.annotations = { ...draft.metadata.annotations, [templateGenerationAnnotation]: String(generation) };
}

function validateStrategy(strategy: Draft<DaemonSetUpdateStrategy>, field: string): FieldError[] {
  const { type = '', rollingUpdate } = strategy;
  if (type === 'OnDelete') return [];
  if (type !== 'RollingUpdate') {
    return [notSupported(field, goForm(strategy, surgeStrategyShape), ['RollingUpdate', 'OnDelete'])];
  }
  const at = `${field}.rollingUpdate`;
  if (rollingUpdate === undefined) return [required(at)];
  const { maxUnavailable = 0, maxSurge = 0 } = rollingUpdate;
  const errors = [
    ...validateIntOrPercent(maxUnavailable, `${at}.maxUnavailable`),
    ...validateIntOrPercent(maxSurge, `${at}.maxSurge`),
    ...notAboveAll(maxUnavailable, `${at}.maxUnavailable`),
    ...notAboveAll(maxSurge, `${at}.maxSurge`),
  ];
  const [unavailable, surge] = [percentOf(maxUnavailable) !== 0, percentOf(maxSurge) !== 0];
  if (unavailable && surge) {
    errors.push(invalid(`${at}.maxSurge`, maxSurge, 'may not be set when maxUnavailable is non-zero'));
  }
  if (!unavailable && !surge) errors.push(required(`${at}.maxUnavailable`, 'cannot be 0 when maxSurge is 0'));
  return errors;
}
