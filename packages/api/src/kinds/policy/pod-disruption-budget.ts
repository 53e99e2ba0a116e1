import { ageColumn, countColumn, nameColumn, textColumn } from '../../columns/column.js';
import { invalid } from '../../errors/field-error.js';
import { goForm } from '../../errors/go-form.js';
import type { PodDisruptionBudget } from '../../generated/types.js';
import { nonNegative, oneOf } from '../../validation/check.js';
import { validateConditions } from '../../validation/conditions.js';
import { notAboveAll, validateIntOrPercent } from '../../validation/int-or-percent.js';
import { validateLabelSelector } from '../../validation/label-selector.js';
import { define, statusOf } from '../define.js';

const counts = ['disruptionsAllowed', 'currentHealthy', 'desiredHealthy', 'expectedPods'] as const;

const specShape = { MinAvailable: null, Selector: null, MaxUnavailable: null, UnhealthyPodEvictionPolicy: null };

export const podDisruptionBudgets = define<PodDisruptionBudget>({
  group: 'policy',
  version: 'v1',
  kind: 'PodDisruptionBudget',
  plural: 'poddisruptionbudgets',
  shortNames: ['pdb'],
  namespaced: true,
  generation: true,
  allowUnconditionalUpdate: false,
  subresources: [statusOf('policy', 'v1', 'PodDisruptionBudget')],
  columns: [
    nameColumn,
    textColumn('Min Available', 'How many pods must stay available.', ({ spec }) => String(spec.minAvailable ?? 'N/A')),
    textColumn('Max Unavailable', 'How many pods may be unavailable.', ({ spec }) => String(spec.maxUnavailable ?? 'N/A')),
    countColumn('Allowed Disruptions', 'How many pods may be evicted now.', ({ status }) => status?.disruptionsAllowed ?? 0),
    ageColumn,
  ],

  prepareForCreate(draft) {
    draft.status = { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 };
  },

  validate({ spec = {} }) {
    const { minAvailable, maxUnavailable, selector, unhealthyPodEvictionPolicy: policy } = spec;
    const both = minAvailable !== undefined && maxUnavailable !== undefined;
    return [
      ...(both ? [invalid('spec', goForm(spec, specShape), 'minAvailable and maxUnavailable cannot be both set')] : []),
      ...validateIntOrPercent(minAvailable, 'spec.minAvailable'),
      ...notAboveAll(minAvailable, 'spec.minAvailable'),
      ...validateIntOrPercent(maxUnavailable, 'spec.maxUnavailable'),
      ...notAboveAll(maxUnavailable, 'spec.maxUnavailable'),
      ...validateLabelSelector(selector, 'spec.selector'),
      ...(policy === undefined ? [] : oneOf('spec.unhealthyPodEvictionPolicy', policy, ['AlwaysAllow', 'IfHealthyBudget'])),
    ];
  },
  validateStatusUpdate: ({ status = {} }) => [
    ...validateConditions(status.conditions, 'status.conditions'),
    ...counts.flatMap((name) => nonNegative(`status.${name}`, status[name])),
  ],
});
