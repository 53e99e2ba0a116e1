import { ageColumn, countColumn, nameColumn, textColumn } from '../../columns/column.js';
import { type FieldError, forbidden } from '../../errors/field-error.js';
import type { PriorityClass } from '../../generated/types.js';
import type { Draft } from '../../objects.js';
import { oneOf } from '../../validation/check.js';
import { immutable } from '../../validation/object-meta.js';
import { define } from '../define.js';

/** Higher ones are Kubernetes' own, by names that begin so. */
const userPriorityMax = 1_000_000_000;
const systemPrefix = 'system-';
const systemClasses: Readonly<Record<string, number>> = {
  'system-cluster-critical': 2_000_000_000,
  'system-node-critical': 2_000_001_000,
};

export const priorityClasses = define<PriorityClass>({
  group: 'scheduling.k8s.io',
  version: 'v1',
  kind: 'PriorityClass',
  plural: 'priorityclasses',
  shortNames: ['pc'],
  namespaced: false,
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

  /** Of a priority hardly anything can change, and nothing of that counts. */
  prepareForCreate(draft) {
    draft.metadata = { ...draft.metadata, generation: 1 };
  },

  validate(draft) {
    const { metadata, value = 0, preemptionPolicy } = draft;
    const system = metadata?.name?.startsWith(systemPrefix) === true;
    const tooHigh = `maximum allowed value of a user defined priority is ${userPriorityMax}`;
    return [
      ...(system ? checkSystemClass(draft) : value > userPriorityMax ? [forbidden('value', tooHigh)] : []),
      ...oneOf('preemptionPolicy', preemptionPolicy, ['PreemptLowerPriority', 'Never']),
    ];
  },

  validateUpdate: (draft, old) => [
    ...(draft.value === old.value ? [] : [forbidden('value', 'may not be changed in an update.')]),
    ...immutable('preemptionPolicy', draft.preemptionPolicy, old.preemptionPolicy),
  ],
});

/** Names that begin so are for the classes that every cluster has, as they are there. */
function checkSystemClass({ metadata, value, globalDefault = false }: Draft<PriorityClass>): FieldError[] {
  const name = metadata?.name ?? '';
  const known = Object.hasOwn(systemClasses, name) ? systemClasses[name] : undefined;
  const problem =
    known === undefined
      ? `${name} is not a known system priority class`
      : value !== known
        ? `value of ${name} PriorityClass must be ${known}`
        : globalDefault
          ? `globalDefault of ${name} PriorityClass must be false`
          : undefined;
  if (problem === undefined) return [];
  const reserved = `priority class names with '${systemPrefix}' prefix are reserved for system use only`;
  return [forbidden('metadata.name', `${reserved}. error: ${problem}`)];
}
