import { equalJson, kinds, type Persisted, type Pod } from '@flotilla/api';
import { joinKey, keyOf, namespaceIndex } from '@flotilla/client';
import { ControllerExpectations, controllerOf, runController, WorkQueue } from '@flotilla/controller-kit';
import type { Controller } from '../../controller.js';
import { byOrphanNamespace, orphanIndex } from '../../shared/orphans.js';
import { reconcile, selecting } from './reconcile.js';

const workers = 5;

/** ReplicaSets have their pods. Woken by ReplicaSets and pods; reads and writes both, writes events. */
export const replicaSetController: Controller = {
  name: 'replicaset-controller',
  start({ client, informers, clock, random, log, recorder }) {
    const queue = new WorkQueue({ clock });
    const expectations = new ControllerExpectations(clock);
    const replicaSets = informers.informer(kinds.replicaSets);
    const pods = informers.informer(kinds.pods);
    pods.addIndex(orphanIndex, byOrphanNamespace);

    const ownerKey = (pod: Persisted<Pod>): string | undefined => {
      const owner = controllerOf(pod);
      if (owner === undefined || owner.kind !== 'ReplicaSet') return undefined;
      const key = joinKey(pod.metadata.namespace, owner.name);
      return replicaSets.get(key)?.metadata.uid === owner.uid ? key : undefined;
    };
    const wakeOwner = (pod: Persisted<Pod>) => {
      const key = ownerKey(pod);
      if (key !== undefined) queue.add(key);
    };
    const wakeAdopters = (pod: Persisted<Pod>) => {
      if (controllerOf(pod) !== undefined) return;
      for (const key of selecting(replicaSets.byIndex(namespaceIndex, pod.metadata.namespace ?? ''), pod)) queue.add(key);
    };
    const deletionSeen = (pod: Persisted<Pod>) => {
      const key = ownerKey(pod);
      if (key !== undefined) expectations.deletionObserved(key, pod.metadata.uid);
    };

    replicaSets.addHandler({
      added: (replicaSet) => queue.add(keyOf(replicaSet)),
      updated: (_before, replicaSet) => queue.add(keyOf(replicaSet)),
      deleted(replicaSet) {
        expectations.forget(keyOf(replicaSet));
        queue.add(keyOf(replicaSet));
      },
    });
    pods.addHandler({
      added(pod) {
        const key = ownerKey(pod);
        if (key !== undefined) expectations.creationObserved(key, pod.metadata.name);
        if (pod.metadata.deletionTimestamp !== undefined) deletionSeen(pod);
        wakeOwner(pod);
        wakeAdopters(pod);
      },
      updated(before, pod) {
        if (pod.metadata.deletionTimestamp !== undefined) deletionSeen(pod);
        if (controllerOf(before)?.uid !== controllerOf(pod)?.uid) wakeOwner(before);
        wakeOwner(pod);
        if (!equalJson(before.metadata.labels, pod.metadata.labels) || controllerOf(before) !== undefined) wakeAdopters(pod);
      },
      deleted(pod) {
        deletionSeen(pod);
        wakeOwner(pod);
      },
    });

    const deps = {
      replicaSets,
      pods,
      replicaSetClient: client.resource(kinds.replicaSets),
      podClient: client.resource(kinds.pods),
      expectations,
      recorder: recorder('replicaset-controller'),
      clock,
      random,
    };
    const run = (key: string, signal: AbortSignal) => reconcile(key, deps, signal);
    return (signal) => runController({ name: 'replicaset-controller', queue, workers, reconcile: run, log }, signal);
  },
};
