import type { Column } from '../../columns/column.js';
import type { HorizontalPodAutoscaler, V2HorizontalPodAutoscaler } from '../../generated/types.js';
import type { Draft, KubernetesObject } from '../../objects.js';
import { define, statusOf } from '../define.js';
import { fromV1, toV1 } from './convert-v1.js';
import { horizontalPodAutoscalers } from './horizontal-pod-autoscaler.js';

const newer = horizontalPodAutoscalers;

/** The same autoscalers as version 2's, in the older words. They are stored in the newer form, and held to its rules. */
export const horizontalPodAutoscalersV1 = define<HorizontalPodAutoscaler>({
  group: 'autoscaling',
  version: 'v1',
  kind: 'HorizontalPodAutoscaler',
  plural: 'horizontalpodautoscalers',
  shortNames: ['hpa'],
  categories: ['all'],
  namespaced: true,
  subresources: [statusOf('autoscaling', 'v1', 'HorizontalPodAutoscaler')],
  // Both are whole objects: only ones that were checked are stored, and drafts are when they have been checked.
  conversion: {
    toStorage: (object: KubernetesObject) => fromV1(object as Draft<HorizontalPodAutoscaler>) as KubernetesObject,
    fromStorage: (object: KubernetesObject) => toV1(object as Draft<V2HorizontalPodAutoscaler>) as KubernetesObject,
  },
  columns: newer.columns.map(overConverted),

  defaults(draft) {
    draft.spec ??= {};
    draft.spec.minReplicas ??= 1;
  },

  validate: (draft, old) => newer.validate?.(fromV1(draft), old === undefined ? undefined : newerOf(old)) ?? [],
  validateStatusUpdate: (draft, old) => newer.validateStatusUpdate?.(fromV1(draft), newerOf(old)) ?? [],
});

function overConverted(column: Column<V2HorizontalPodAutoscaler>): Column<HorizontalPodAutoscaler> {
  return { ...column, cell: (object, nowMs) => column.cell(newerOf(object), nowMs) };
}

function newerOf(object: HorizontalPodAutoscaler): V2HorizontalPodAutoscaler {
  return fromV1(object as Draft<HorizontalPodAutoscaler>) as V2HorizontalPodAutoscaler; // it was checked when it was stored
}
