import { ageColumn, countColumn, nameColumn, textColumn } from '../../columns/column.js';
import { invalid, required } from '../../errors/field-error.js';
import type { V2HorizontalPodAutoscaler, V2MetricSpec, V2MetricStatus } from '../../generated/types.js';
import { isEmpty } from '../../validation/check.js';
import { define, statusOf } from '../define.js';
import { defaultMetrics } from './convert-v1.js';

const shownMax = 2;

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
    countColumn('MaxPods', 'The most pods.', ({ spec }) => spec.maxReplicas),
    countColumn('Replicas', 'How many pods there are.', ({ status }) => status?.currentReplicas ?? 0),
    ageColumn,
  ],

  defaults(draft) {
    draft.spec ??= {};
    draft.spec.minReplicas ??= 1;
    if ((draft.spec.metrics ?? []).length > 0) return;
    draft.spec.metrics = defaultMetrics();
  },

  validate({ spec = {} }) {
    const { minReplicas = 1, maxReplicas = 0, scaleTargetRef } = spec;
    return [
      ...(minReplicas < 1 ? [invalid('spec.minReplicas', minReplicas, 'must be greater than or equal to 1')] : []),
      ...(maxReplicas < 1 ? [invalid('spec.maxReplicas', maxReplicas, 'must be greater than 0')] : []),
      ...(maxReplicas < minReplicas
        ? [invalid('spec.maxReplicas', maxReplicas, 'must be greater than or equal to `minReplicas`')]
        : []),
      ...(isEmpty(scaleTargetRef?.kind) ? [required('spec.scaleTargetRef.kind')] : []),
      ...(isEmpty(scaleTargetRef?.name) ? [required('spec.scaleTargetRef.name')] : []),
    ];
  },
});

function targetsText({ spec, status }: V2HorizontalPodAutoscaler): string {
  const metrics = spec.metrics ?? [];
  if (metrics.length === 0) return '<none>';
  const shown = metrics.slice(0, shownMax).map((metric, index) => metricText(metric, status?.currentMetrics?.[index]));
  const more = metrics.length > shownMax ? ` + ${metrics.length - shownMax} more...` : '';
  return `${shown.join(', ')}${more}`;
}

function metricText({ type, resource }: V2MetricSpec, current: V2MetricStatus | undefined): string {
  if (type !== 'Resource' || resource === undefined) return `<unknown>/${type}`;
  const { averageUtilization, averageValue } = resource.target;
  const now = current?.resource?.current;
  if (averageValue !== undefined) return `${resource.name}: ${now?.averageValue ?? '<unknown>'}/${averageValue}`;
  const measured = now?.averageUtilization === undefined ? '<unknown>' : `${now.averageUtilization}%`;
  return `${resource.name}: ${measured}/${averageUtilization === undefined ? '<auto>' : `${averageUtilization}%`}`;
}
