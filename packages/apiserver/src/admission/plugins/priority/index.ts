import { type Draft, type Pod, type PodSpec, type PriorityClass, statusErrors } from '@flotilla/api';
import type { AdmissionPlugin, AdmissionReads } from '../../admission.js';
import { refused } from '../refusal.js';

const priorityClasses = { group: 'scheduling.k8s.io', plural: 'priorityclasses' } as const;

/** What a class says of its pods. */
type Class = Pick<PriorityClass, 'value' | 'preemptionPolicy'>;

/** The classes that every cluster has, whether or not there are objects for them. */
const systemClasses: Readonly<Record<string, Class>> = {
  'system-node-critical': { value: 2_000_001_000 },
  'system-cluster-critical': { value: 2_000_000_000 },
};

/** Resolves a pod's priority class to the number that the scheduler compares. */
export function priority(): AdmissionPlugin {
  return {
    name: 'Priority',
    handles({ operation, definition, subresource }) {
      if (subresource !== '' || (operation !== 'CREATE' && operation !== 'UPDATE')) return false;
      return definition.storagePath === 'priorityclasses' || definition.storagePath === 'pods';
    },

    /** There is one default at most, as far as one can tell: two servers may each let one through at the same time. */
    async validate(request, reads) {
      if (request.definition.storagePath !== 'priorityclasses') return;
      const wanted = request.object as Draft<PriorityClass>; // the definition says so
      if (wanted.globalDefault !== true) return;
      for (const object of (await reads.cached(priorityClasses)).list()) {
        const { metadata, globalDefault } = object as PriorityClass; // read as one
        if (globalDefault !== true || metadata.name === wanted.metadata?.name) continue;
        throw refused(request, `PriorityClass ${metadata.name} is already marked as default. Only one default can exist`);
      }
    },

    async mutate({ object, old, name, definition }, reads) {
      if (definition.storagePath !== 'pods') return;
      const pod = object as Draft<Pod>; // the definition says so
      pod.spec ??= {};
      const { spec } = pod;
      if (old !== undefined) return keepPriority(spec, (old as Pod).spec);
      const refuse = (why: string) => statusErrors.forbidden({ group: '', resource: 'pods' }, name, why);
      const named = spec.priorityClassName ?? '';
      const found = named === '' ? await defaultClass(reads) : await classOf(named, reads);
      if (found === undefined) throw refuse(`no PriorityClass with name ${named} was found`);
      const { className, value, preemptionPolicy = 'PreemptLowerPriority' } = found;
      if (spec.priority !== undefined && spec.priority !== value) {
        const computed = `priority admission controller computed ${value} from the given PriorityClass name`;
        throw refuse(`the integer value of priority (${spec.priority}) must not be provided in pod spec; ${computed}`);
      }
      if (spec.preemptionPolicy !== undefined && spec.preemptionPolicy !== preemptionPolicy) {
        const computed = `priority admission controller computed ${preemptionPolicy} from the given PriorityClass name`;
        throw refuse(
          `the string value of PreemptionPolicy (${spec.preemptionPolicy}) must not be provided in pod spec; ${computed}`,
        );
      }
      if (className !== '') spec.priorityClassName = className;
      spec.priority = value;
      spec.preemptionPolicy = preemptionPolicy;
    },
  };
}

/** An update that leaves it out keeps what the pod was given when it was created. */
function keepPriority(spec: Draft<PodSpec>, { priority, preemptionPolicy }: PodSpec): void {
  spec.priority ??= priority;
  spec.preemptionPolicy ??= preemptionPolicy;
}

type Resolved = Class & { readonly className: string };

async function classOf(className: string, reads: AdmissionReads): Promise<Resolved | undefined> {
  const cached = (await reads.cached(priorityClasses)).get('', className);
  const found = (cached ?? (await reads.live(priorityClasses, '', className))) as PriorityClass | undefined; // read as one
  const { value, preemptionPolicy } = found ?? systemClasses[className] ?? {};
  return value === undefined ? undefined : { className, value, ...(preemptionPolicy === undefined ? {} : { preemptionPolicy }) };
}

/** Of several global defaults the lowest counts; without one the priority is 0. */
async function defaultClass(reads: AdmissionReads): Promise<Resolved> {
  let lowest: Resolved = { className: '', value: 0 };
  for (const object of (await reads.cached(priorityClasses)).list()) {
    const { metadata, value, globalDefault, preemptionPolicy } = object as PriorityClass; // read as one
    if (globalDefault !== true || (lowest.className !== '' && value >= lowest.value)) continue;
    lowest = { className: metadata.name ?? '', value, ...(preemptionPolicy === undefined ? {} : { preemptionPolicy }) };
  }
  return lowest;
}
