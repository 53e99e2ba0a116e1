import { ageColumn, nameColumn, textColumn } from '../../columns/column.js';
import { type FieldError, forbidden, invalid } from '../../errors/field-error.js';
import type { V2HorizontalPodAutoscaler } from '../../generated/types.js';
import type { Draft } from '../../objects.js';
import { nonNegative } from '../../validation/check.js';
import { define, statusOf } from '../define.js';
import { defaultBehavior, validateBehavior } from './behavior.js';
import { defaultMetrics } from './convert-v1.js';
import { groupProblem, validateMetric, validateReference, validateTargetVersion } from './metric-validation.js';
import { targetsText } from './targets-text.js';

export const horizontalPodAutoscalers = define<V2HorizontalPodAutoscaler>({
  group: 'autoscaling',
  version: 'v2',
  kind: 'HorizontalPodAutoscaler',
  plural: 'horizontalpodautoscalers',
  shortNames: ['hpa'],
  categories: ['all'],
  namespaced: true,
  model: 'V2HorizontalPodAutoscaler',
  subresources: [statusOf('autoscaling', 'v2', 'HorizontalPodAutoscaler')],
  columns: [
    nameColumn,
    textColumn('Reference', 'What it scales.', ({ spec: { scaleTargetRef } }) => `${scaleTargetRef.kind}/${scaleTargetRef.name}`),
    textColumn('Targets', 'Its metrics: what is measured, and what is aimed at.', targetsText),
    textColumn('MinPods', 'The fewest pods.', ({ spec }) => String(spec.minReplicas ?? '<unset>')),
    textColumn('MaxPods', 'The most pods.', ({ spec }) => spec.maxReplicas),
    textColumn('Replicas', 'How many pods there are.', ({ status }) => status?.currentReplicas ?? 0),
    ageColumn,
  ],

  defaults(draft) {
    draft.spec ??= {};
    draft.spec.minReplicas ??= 1;
    if ((draft.spec.metrics ?? []).length === 0) draft.spec.metrics = defaultMetrics();
    if (draft.spec.behavior !== undefined) defaultBehavior(draft.spec.behavior);
  },

  prepareForCreate(draft) {
    draft.status = { desiredReplicas: 0 };
    dropTolerances(draft);
  },
  prepareForUpdate(draft, old) {
    const { scaleUp, scaleDown } = old.spec.behavior ?? {};
    if (scaleUp?.tolerance === undefined && scaleDown?.tolerance === undefined) dropTolerances(draft);
  },

  validate: validateAutoscaler,
  validateStatusUpdate: ({ status }) => [
    ...nonNegative('status.currentReplicas', status?.currentReplicas),
    ...nonNegative('status.desiredReplicas', status?.desiredReplicas),
  ],
});

/** A tolerance of one's own is behind the gate HPAConfigurableTolerance, which Kubernetes 1.34 keeps shut. */
function dropTolerances({ spec }: Draft<V2HorizontalPodAutoscaler>): void {
  delete spec?.behavior?.scaleUp?.tolerance;
  delete spec?.behavior?.scaleDown?.tolerance;
}

function validateAutoscaler({ spec = {} }: Draft<V2HorizontalPodAutoscaler>, old?: V2HorizontalPodAutoscaler): FieldError[] {
  const { minReplicas = 1, maxReplicas = 0, scaleTargetRef, metrics = [], behavior = {} } = spec;
  const outside = metrics.some(({ type }) => type === 'Object' || type === 'External');
  const objectsKept = (old?.spec?.metrics ?? []).some(
    ({ type, object }) => type === 'Object' && groupProblem(object?.describedObject?.apiVersion) !== undefined,
  );
  return [
    ...(minReplicas < 1 && !(minReplicas === 0 && old?.spec?.minReplicas === 0)
      ? [invalid('spec.minReplicas', minReplicas, 'must be greater than or equal to 1')]
      : []),
    ...(maxReplicas < 1 ? [invalid('spec.maxReplicas', maxReplicas, 'must be greater than 0')] : []),
    ...(maxReplicas < minReplicas
      ? [invalid('spec.maxReplicas', maxReplicas, 'must be greater than or equal to `minReplicas`')]
      : []),
    ...validateReference(scaleTargetRef, 'spec.scaleTargetRef'),
    ...validateTargetVersion(scaleTargetRef, old?.spec?.scaleTargetRef, 'spec.scaleTargetRef.apiVersion'),
    ...metrics.flatMap((metric, index) => validateMetric(metric, `spec.metrics[${index}]`, objectsKept)),
    ...(minReplicas === 0 && !outside
      ? [forbidden('spec.metrics', 'must specify at least one Object or External metric to support scaling to zero replicas')]
      : []),
    ...validateBehavior(behavior, 'spec.behavior'),
  ];
}
