import { type Draft, type Pod, statusErrors } from '@flotilla/api';
import type { AdmissionPlugin } from '../../admission.js';

/** The classes that every cluster has, and their values. */
const systemClasses: Readonly<Record<string, number>> = {
  'system-node-critical': 2_000_001_000,
  'system-cluster-critical': 2_000_000_000,
};

/** Resolves a pod's priority class to the number that the scheduler compares. */
export function priority(): AdmissionPlugin {
  return {
    name: 'Priority',
    handles: ({ operation, definition, subresource }) =>
      operation === 'CREATE' && subresource === '' && definition.storagePath === 'pods',

    mutate({ object, name }) {
      const pod = object as Draft<Pod>; // handles() lets only pods through
      pod.spec ??= {};
      const { spec } = pod;
      const { priorityClassName = '' } = spec;
      const value = priorityClassName === '' ? 0 : systemClasses[priorityClassName];
      if (value === undefined) {
        const why = `no PriorityClass with name ${priorityClassName} was found`;
        throw statusErrors.forbidden({ group: '', resource: 'pods' }, name, why);
      }
      if (spec.priority !== undefined && spec.priority !== value) {
        const why = `the integer value of priority (${spec.priority}) must not be provided in pod spec; priority admission controller computed ${value} from the given PriorityClass name`;
        throw statusErrors.forbidden({ group: '', resource: 'pods' }, name, why);
      }
      spec.priority = value;
      spec.preemptionPolicy ??= 'PreemptLowerPriority';
    },
  };
}
