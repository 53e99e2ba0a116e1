import { ageColumn, countColumn, nameColumn, textColumn } from '../../columns/column.js';
import { forbidden } from '../../errors/field-error.js';
import type { PriorityClass } from '../../generated/types.js';
import { oneOf } from '../../validation/check.js';
import { immutable } from '../../validation/object-meta.js';
import { define } from '../define.js';

/** Higher ones are Kubernetes' own, by names that begin so. */
const userPriorityMax = 1_000_000_000;
const systemPrefix = 'system-';

export const priorityClasses = define<PriorityClass>({
  group: 'scheduling.k8s.io',
  version: 'v1',
  kind: 'PriorityClass',
  plural: 'priorityclasses',
  shortNames: ['pc'],
  namespaced: false,
  generation: true,
  columns: [
    nameColumn,
    countColumn('Value', 'The priority of its pods.', ({ value }) => value),
    {
      ...textColumn<PriorityClass>(
        'Global-Default',
        'Whether pods of no class have it.',
        ({ globalDefault }) => globalDefault ?? false,
      ),
      type: 'boolean',
    },
    ageColumn,
    textColumn(
      'PreemptionPolicy',
      'Whether its pods drive others away.',
      ({ preemptionPolicy }) => preemptionPolicy ?? 'PreemptLowerPriority',
    ),
  ],

  defaults(draft) {
    draft.preemptionPolicy ||= 'PreemptLowerPriority';
    draft.value ??= 0;
  },

  validate({ metadata, value = 0, preemptionPolicy }) {
    const system = metadata?.name?.startsWith(systemPrefix) === true;
    const tooHigh = `maximum allowed value of a user defined priority is ${userPriorityMax}`;
    return [
      ...(!system && value > userPriorityMax ? [forbidden('value', tooHigh)] : []),
      ...oneOf('preemptionPolicy', preemptionPolicy, ['PreemptLowerPriority', 'Never']),
    ];
  },

  validateUpdate: (draft, old) =>
    (['value', 'preemptionPolicy'] as const).flatMap((name) => immutable(name, draft[name], old[name])),
});
