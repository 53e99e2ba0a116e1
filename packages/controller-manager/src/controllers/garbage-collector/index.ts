import type { Definition, Persisted } from '@flotilla/api';
import { runController, WorkQueue } from '@flotilla/controller-kit';
import type { Controller } from '../../controller.js';
import { isDeletingInForeground, isOrphaning } from './plan.js';
import { reconcile } from './reconcile.js';
import { GarbageResources, idOf } from './resources.js';

const workers = 10;

/** Objects go when all their owners are gone. Woken by objects of every kind; deletes and patches any. */
export const garbageCollector: Controller = {
  name: 'garbage-collector-controller',
  start({ client, informers, served, clock, log }) {
    const queue = new WorkQueue({ clock });
    const resources = new GarbageResources(informers, served);
    const wake = (definition: Definition, object: Persisted) => {
      const owned = (object.metadata.ownerReferences?.length ?? 0) > 0;
      if (owned || isDeletingInForeground(object) || isOrphaning(object)) queue.add(resources.keyOf(idOf(definition, object)));
    };
    const wakeDependents = (uid: string) => {
      for (const { definition, object } of resources.dependentsOf(uid)) queue.add(resources.keyOf(idOf(definition, object)));
    };
    const wakeOwners = (dependent: Persisted) => {
      for (const owner of dependent.metadata.ownerReferences ?? []) {
        const definition = resources.definitionOf(owner);
        const namespace = definition?.namespaced === true ? (dependent.metadata.namespace ?? '') : '';
        if (definition !== undefined) queue.add(resources.keyOf({ definition, namespace, name: owner.name, uid: owner.uid }));
      }
    };
    for (const [definition, informer] of resources) {
      informer.addHandler({
        added: (object) => wake(definition, object),
        updated(before, object) {
          wake(definition, object);
          if (before.metadata.ownerReferences?.length !== object.metadata.ownerReferences?.length) wakeOwners(before);
        },
        deleted(object) {
          wakeDependents(object.metadata.uid);
          wakeOwners(object);
        },
      });
    }
    const deps = { client, resources, queue, log, absent: new Set<string>() };
    const run = (key: string, signal: AbortSignal) => reconcile(key, deps, signal);
    return (signal) => runController({ name: 'garbage-collector-controller', queue, workers, reconcile: run, log }, signal);
  },
};
