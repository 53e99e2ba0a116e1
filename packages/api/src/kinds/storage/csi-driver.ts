import { ageColumn, type Column, nameColumn, textColumn } from '../../columns/column.js';
import { duplicate, type FieldError, invalid, notSupported } from '../../errors/field-error.js';
import type { CSIDriver, CSIDriverSpec, StorageV1TokenRequest } from '../../generated/types.js';
import { equalJson } from '../../json.js';
import type { Draft } from '../../objects.js';
import { validateDriverName } from '../../validation/driver-name.js';
import { immutable } from '../../validation/object-meta.js';
import { repeated } from '../../validation/repeated.js';
import { define } from '../define.js';

const groupPolicies = ['File', 'None', 'ReadWriteOnceWithFSType'];
const lifecycleModes = ['Persistent', 'Ephemeral'];
const tokenSecondsMin = 600;
const updatePeriodSecondsMin = 10;

export const csiDrivers = define<CSIDriver>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'CSIDriver',
  plural: 'csidrivers',
  namespaced: false,
  returnsDeleted: true,
  allowUnconditionalUpdate: false,
  columns: [
    nameColumn,
    flag(
      'AttachRequired',
      'Whether volumes are attached before they are mounted.',
      ({ attachRequired }) => attachRequired ?? true,
    ),
    flag('PodInfoOnMount', 'Whether the driver is told of the pod.', ({ podInfoOnMount }) => podInfoOnMount ?? false),
    flag('StorageCapacity', 'Whether the scheduler looks at its capacity.', ({ storageCapacity }) => storageCapacity ?? false),
    textColumn('TokenRequests', 'The audiences of the tokens that it gets.', ({ spec }) =>
      listText(
        spec.tokenRequests?.map(({ audience }) => audience),
        '<unset>',
      ),
    ),
    flag('RequiresRepublish', 'Whether mounts are refreshed.', ({ requiresRepublish }) => requiresRepublish ?? false),
    textColumn('Modes', 'What volumes it can make.', ({ spec }) => listText(spec.volumeLifecycleModes, '<none>')),
    ageColumn,
  ],

  defaults(draft) {
    draft.spec ??= {};
    const { spec } = draft;
    spec.attachRequired ??= true;
    spec.podInfoOnMount ??= false;
    spec.storageCapacity ??= false;
    spec.fsGroupPolicy ||= 'ReadWriteOnceWithFSType';
    spec.requiresRepublish ??= false;
    spec.seLinuxMount ??= false;
    if ((spec.volumeLifecycleModes ?? []).length === 0) spec.volumeLifecycleModes = ['Persistent'];
  },

  prepareForCreate: dropUpdatePeriod,
  prepareForUpdate(draft, old) {
    if (old.spec.nodeAllocatableUpdatePeriodSeconds === undefined) dropUpdatePeriod(draft);
    draft.metadata ??= {};
    if (!equalJson(draft.spec, old.spec)) draft.metadata.generation = (old.metadata.generation ?? 0) + 1;
  },

  validate({ metadata, spec = {} }) {
    const { fsGroupPolicy = '', volumeLifecycleModes = [], nodeAllocatableUpdatePeriodSeconds: period } = spec;
    const tooOften = period !== undefined && period < updatePeriodSecondsMin;
    return [
      ...validateDriverName(metadata?.name, 'metadata.name'),
      ...(groupPolicies.includes(fsGroupPolicy) ? [] : [notSupported('spec.fsGroupPolicy', fsGroupPolicy, groupPolicies)]),
      ...validateTokenRequests(spec.tokenRequests ?? [], 'spec.tokenRequests'),
      ...volumeLifecycleModes.flatMap((mode) =>
        lifecycleModes.includes(mode) ? [] : [notSupported('spec.volumeLifecycleModes', mode, lifecycleModes)],
      ),
      ...(tooOften
        ? [
            invalid(
              'spec.nodeAllocatableUpdatePeriodSeconds',
              period,
              `must be greater than or equal to ${updatePeriodSecondsMin} seconds`,
            ),
          ]
        : []),
    ];
  },

  validateUpdate: ({ spec }, old) => [
    ...immutable('spec.attachedRequired', spec?.attachRequired, old.spec.attachRequired), // so Kubernetes calls it
    ...immutable('spec.volumeLifecycleModes', spec?.volumeLifecycleModes, old.spec.volumeLifecycleModes),
  ],
});

/** How often nodes say anew what they can take is behind the gate MutableCSINodeAllocatableCount, which Kubernetes 1.34 keeps shut. */
function dropUpdatePeriod({ spec }: Draft<CSIDriver>): void {
  delete spec?.nodeAllocatableUpdatePeriodSeconds;
}

function flag(name: string, description: string, read: (spec: CSIDriverSpec) => boolean): Column<CSIDriver> {
  return { ...textColumn<CSIDriver>(name, description, ({ spec }) => read(spec)), type: 'boolean' };
}

function listText(texts: readonly string[] | undefined, none: string): string {
  return texts === undefined || texts.length === 0 ? none : texts.join(',');
}

function validateTokenRequests(requests: readonly Draft<StorageV1TokenRequest>[], field: string): FieldError[] {
  const repeats = repeated(requests.map(({ audience = '' }) => audience));
  return requests.flatMap(({ audience = '', expirationSeconds: seconds }, index) => {
    const at = `${field}[${index}]`;
    if (repeats.has(index)) return [duplicate(`${at}.audience`, audience)];
    const errors: FieldError[] = [];
    if (seconds === undefined) return errors;
    if (seconds < tokenSecondsMin) {
      errors.push(invalid(`${at}.expirationSeconds`, seconds, 'may not specify a duration less than 10 minutes'));
    }
    if (seconds > 2 ** 32) {
      errors.push(invalid(`${at}.expirationSeconds`, seconds, 'may not specify a duration larger than 2^32 seconds'));
    }
    return errors;
  });
}
