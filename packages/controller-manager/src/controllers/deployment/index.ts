import { kinds, matchesLabelSelector, type Persisted, type ReplicaSet } from '@flotilla/api';
import { joinKey, keyOf, namespaceIndex } from '@flotilla/client';
import { controllerOf, runController, WorkQueue } from '@flotilla/controller-kit';
import type { Controller } from '../../controller.js';
import { byOrphanNamespace, orphanIndex } from '../../shared/orphans.js';
import { reconcile } from './reconcile.js';

const workers = 5;

/** Deployments roll out their template. Woken by Deployments, ReplicaSets and ended pods; writes Deployments, ReplicaSets, events. */
export const deploymentController: Controller = {
  name: 'deployment-controller',
  start({ client, informers, clock, log, recorder }) {
    const queue = new WorkQueue({ clock });
    const deployments = informers.informer(kinds.deployments);
    const replicaSets = informers.informer(kinds.replicaSets);
    const pods = informers.informer(kinds.pods);
    replicaSets.addIndex(orphanIndex, byOrphanNamespace);

    const wake = (replicaSet: Persisted<ReplicaSet>) => {
      const owner = controllerOf(replicaSet);
      const { namespace = '', labels } = replicaSet.metadata;
      if (owner !== undefined) {
        if (owner.kind === 'Deployment') queue.add(joinKey(namespace, owner.name));
        return;
      }
      for (const deployment of deployments.byIndex(namespaceIndex, namespace)) {
        if (matchesLabelSelector(deployment.spec.selector, labels)) queue.add(keyOf(deployment));
      }
    };
    deployments.addHandler({
      added: (deployment) => queue.add(keyOf(deployment)),
      updated: (_before, deployment) => queue.add(keyOf(deployment)),
    });
    replicaSets.addHandler({
      added: wake,
      updated(before, replicaSet) {
        if (controllerOf(before)?.uid !== controllerOf(replicaSet)?.uid) wake(before);
        wake(replicaSet);
      },
      deleted: wake,
    });
    pods.addHandler({
      // A Deployment that recreates waits for its last old pod to be gone.
      deleted(pod) {
        const replicaSet = replicaSets.get(joinKey(pod.metadata.namespace, controllerOf(pod)?.name ?? ''));
        const owner = replicaSet === undefined ? undefined : controllerOf(replicaSet);
        if (owner === undefined) return;
        const key = joinKey(pod.metadata.namespace, owner.name);
        if (deployments.get(key)?.spec.strategy?.type === 'Recreate') queue.add(key);
      },
    });

    const deps = {
      deployments,
      replicaSets,
      pods,
      deploymentClient: client.resource(kinds.deployments),
      replicaSetClient: client.resource(kinds.replicaSets),
      recorder: recorder('deployment-controller'),
      clock,
    };
    const run = (key: string, signal: AbortSignal) => reconcile(key, deps, signal);
    return (signal) => runController({ name: 'deployment-controller', queue, workers, reconcile: run, log }, signal);
  },
};
