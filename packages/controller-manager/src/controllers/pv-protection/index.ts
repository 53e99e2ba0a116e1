import { kinds, type Persisted, type PersistentVolume } from '@flotilla/api';
import { keyOf } from '@flotilla/client';
import { done, runController, WorkQueue } from '@flotilla/controller-kit';
import type { Controller } from '../../controller.js';
import { unlessGone } from '../../shared/absence.js';

const name = 'persistentvolume-protection-controller';
const finalizer = 'kubernetes.io/pv-protection';

/**
 * A volume that is deleted goes when no claim is bound to it any more; one without the finalizer that sees to it gets it.
 * Woken by volumes; updates them.
 */
export const pvProtectionController: Controller = {
  name,
  start({ client, informers, clock, log }) {
    const queue = new WorkQueue({ clock });
    const volumes = informers.informer(kinds.persistentVolumes);
    const resource = client.resource(kinds.persistentVolumes);
    const wake = (volume: Persisted<PersistentVolume>) => queue.add(keyOf(volume));
    volumes.addHandler({ added: wake, updated: (_before, volume) => wake(volume) });

    const reconcile = async (key: string, signal: AbortSignal) => {
      const volume = volumes.get(key);
      if (volume === undefined) return done;
      const { deletionTimestamp, finalizers = [] } = volume.metadata;
      const guarded = finalizers.includes(finalizer);
      const bound = volume.status?.phase === 'Bound';
      if (guarded === (deletionTimestamp === undefined) || (guarded && bound)) return done;
      const wanted = guarded ? finalizers.filter((one) => one !== finalizer) : [...finalizers, finalizer];
      await unlessGone(resource.update({ ...volume, metadata: { ...volume.metadata, finalizers: wanted } }, { signal }));
      return done;
    };
    return (signal) => runController({ name, queue, workers: 1, reconcile, log }, signal);
  },
};
