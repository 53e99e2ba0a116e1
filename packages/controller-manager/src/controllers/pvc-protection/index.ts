import { kinds, type Persisted, type PersistentVolumeClaim, type Pod } from '@flotilla/api';
import { joinKey, keyOf, namespaceIndex } from '@flotilla/client';
import { done, podIsTerminal, runController, WorkQueue } from '@flotilla/controller-kit';
import type { Controller } from '../../controller.js';
import { unlessGone } from '../../shared/absence.js';

const name = 'persistentvolumeclaim-protection-controller';
const finalizer = 'kubernetes.io/pvc-protection';

/**
 * A claim that is deleted goes when no pod uses it any more; one without the finalizer that sees to it gets it.
 * Woken by claims and by pods that end; updates claims.
 */
export const pvcProtectionController: Controller = {
  name,
  start({ client, informers, clock, log }) {
    const queue = new WorkQueue({ clock });
    const claims = informers.informer(kinds.persistentVolumeClaims);
    const pods = informers.informer(kinds.pods);
    const resource = client.resource(kinds.persistentVolumeClaims);
    const wake = (claim: Persisted<PersistentVolumeClaim>) => queue.add(keyOf(claim));
    claims.addHandler({ added: wake, updated: (_before, claim) => wake(claim) });
    const wakeClaims = (pod: Persisted<Pod>) => {
      for (const claim of claimsOf(pod)) queue.add(joinKey(pod.metadata.namespace ?? '', claim));
    };
    pods.addHandler({
      deleted: wakeClaims,
      updated(before, pod) {
        if (podIsTerminal(pod) && !podIsTerminal(before)) wakeClaims(pod);
      },
    });

    const reconcile = async (key: string, signal: AbortSignal) => {
      const claim = claims.get(key);
      if (claim === undefined) return done;
      const { namespace = '', deletionTimestamp, finalizers = [] } = claim.metadata;
      const users = pods.byIndex(namespaceIndex, namespace);
      const used = () => users.some((pod) => !podIsTerminal(pod) && claimsOf(pod).includes(claim.metadata.name));
      const guarded = finalizers.includes(finalizer);
      if (guarded === (deletionTimestamp === undefined) || (guarded && used())) return done;
      const wanted = guarded ? finalizers.filter((one) => one !== finalizer) : [...finalizers, finalizer];
      await unlessGone(resource.update({ ...claim, metadata: { ...claim.metadata, finalizers: wanted } }, { signal }));
      return done;
    };
    return (signal) => runController({ name, queue, workers: 1, reconcile, log }, signal);
  },
};

/** The names of the claims that a pod mounts; that of an ephemeral volume is named after both. */
function claimsOf({ metadata, spec }: Persisted<Pod>): readonly string[] {
  return (spec.volumes ?? []).flatMap(({ name: volume, persistentVolumeClaim, ephemeral }) => {
    if (persistentVolumeClaim !== undefined) return [persistentVolumeClaim.claimName];
    return ephemeral === undefined ? [] : [`${metadata.name}-${volume}`];
  });
}
