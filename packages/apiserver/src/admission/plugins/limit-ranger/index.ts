import type { Draft, KubernetesObject, LimitRange, PersistentVolumeClaim, Pod } from '@flotilla/api';
import type { AdmissionPlugin, AdmissionReads, AdmissionRequest } from '../../admission.js';
import { refused } from '../refusal.js';
import { applyLimitDefaults } from './defaults.js';
import { claimLimitProblems, podLimitProblems } from './problems.js';

const limitRanges = { group: '', plural: 'limitranges' } as const;

/** Containers get the namespace's usual requests and limits; what is asked for stays within its bounds. */
export function limitRanger(): AdmissionPlugin {
  return {
    name: 'LimitRanger',
    handles({ operation, definition, subresource }) {
      if (definition.storagePath === 'pods') {
        // The resources of a pod that exists change by resizing alone.
        return operation === 'CREATE' ? subresource === '' : operation === 'UPDATE' && subresource === 'resize';
      }
      const written = operation === 'CREATE' || operation === 'UPDATE';
      return written && subresource === '' && definition.storagePath === 'persistentvolumeclaims';
    },

    async mutate(request, reads) {
      if (request.definition.storagePath !== 'pods' || request.operation !== 'CREATE') return;
      const pod = request.object as Draft<Pod>; // the definition says so
      for (const range of await rangesOf(request, reads)) applyLimitDefaults(pod, range);
    },

    async validate(request, reads) {
      if (request.old?.metadata.deletionTimestamp !== undefined) return;
      const ranges = await rangesOf(request, reads);
      for (const range of ranges) {
        const problems = [...new Set(problemsOf(request.object, request.definition.storagePath, range))];
        if (problems.length > 0) throw refused(request, problems.length === 1 ? problems.join() : `[${problems.join(', ')}]`);
      }
    },
  };
}

async function rangesOf({ namespace }: AdmissionRequest, reads: AdmissionReads): Promise<readonly LimitRange[]> {
  const ranges = (await reads.cached(limitRanges)).list(namespace) as Iterable<LimitRange>; // read as such
  return [...ranges];
}

function problemsOf(object: Draft<KubernetesObject> | undefined, storagePath: string, range: LimitRange): readonly string[] {
  return storagePath === 'pods'
    ? podLimitProblems((object as Draft<Pod>).spec ?? {}, range) // the definition says so
    : claimLimitProblems((object as Draft<PersistentVolumeClaim>).spec ?? {}, range); // there are only these two
}
