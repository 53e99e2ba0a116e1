import type { KubernetesObject, Persisted } from '@flotilla/api';
import type { ServedResource } from '@flotilla/client';
import { runController, WorkQueue } from '@flotilla/controller-kit';
import type { Controller } from '../../controller.js';
import { isDeletingInForeground, isOrphaning } from './plan.js';
import { reconcile } from './reconcile.js';
import { GarbageResources, idOf, isCollectable } from './resources.js';

const name = 'garbage-collector-controller';
const workers = 10;

/** Objects go when all their owners are gone. Woken by objects of every kind; deletes and patches any. */
export const garbageCollector: Controller = {
  name,
  start({ client, informers, served, clock, log }) {
    const queue = new WorkQueue({ clock });
    const resources = new GarbageResources(clock);
    const wake = (resource: ServedResource, object: Persisted) => {
      const owned = (object.metadata.ownerReferences?.length ?? 0) > 0;
      if (owned || isDeletingInForeground(object) || isOrphaning(object)) queue.add(resources.keyOf(idOf(resource, object)));
    };
    const wakeDependents = (uid: string) => {
      for (const { resource, object } of resources.dependentsOf(uid)) queue.add(resources.keyOf(idOf(resource, object)));
    };
    const wakeOwners = (dependent: Persisted) => {
      for (const owner of dependent.metadata.ownerReferences ?? []) {
        const resource = resources.resourceOf(owner);
        const namespace = resource?.namespaced === true ? (dependent.metadata.namespace ?? '') : '';
        if (resource !== undefined) queue.add(resources.keyOf({ resource, namespace, name: owner.name, uid: owner.uid }));
      }
    };
    const collect = (resource: ServedResource, gone: AbortSignal) => {
      if (!isCollectable(resource)) return;
      const informer = informers.informer<KubernetesObject>(resource);
      for (const key of resources.add(resource, informer)) queue.add(key);
      const removeHandler = informer.addHandler({
        added: (object) => wake(resource, object),
        updated(before, object) {
          wake(resource, object);
          if (before.metadata.ownerReferences?.length !== object.metadata.ownerReferences?.length) wakeOwners(before);
        },
        deleted(object) {
          wakeDependents(object.metadata.uid);
          wakeOwners(object);
        },
      });
      const remove = () => {
        resources.remove(resource);
        removeHandler();
        informers.release(informer);
      };
      gone.addEventListener('abort', remove, { once: true });
    };
    const deps = { client, resources, queue, log, absent: new Set<string>() };
    const run = (key: string, signal: AbortSignal) => reconcile(key, deps, signal);
    return (signal) => {
      served.follow(collect);
      return runController({ name, queue, workers, reconcile: run, log }, signal);
    };
  },
};
