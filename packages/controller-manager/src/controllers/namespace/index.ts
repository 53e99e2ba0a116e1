import { kinds, type Namespace, type Persisted } from '@flotilla/api';
import { keyOf } from '@flotilla/client';
import { runController, WorkQueue } from '@flotilla/controller-kit';
import type { Controller } from '../../controller.js';
import { reconcile } from './reconcile.js';

const workers = 2;

/** A deleted namespace is emptied, then let go. Woken by namespaces and by pods that end; deletes anything, finalizes namespaces. */
export const namespaceController: Controller = {
  name: 'namespace-controller',
  start({ client, informers, served, clock, log }) {
    const queue = new WorkQueue({ clock });
    const namespaces = informers.informer(kinds.namespaces);
    const wake = (namespace: Persisted<Namespace>) => {
      if (namespace.metadata.deletionTimestamp !== undefined) queue.add(keyOf(namespace));
    };
    namespaces.addHandler({ added: wake, updated: (_before, namespace) => wake(namespace) });
    // Pods take their time to end; everything else goes at once.
    informers.informer(kinds.pods).addHandler({
      deleted(pod) {
        const namespace = namespaces.get(pod.metadata.namespace ?? '');
        if (namespace !== undefined) wake(namespace);
      },
    });
    const deps = { client, namespaces, served };
    const run = (key: string, signal: AbortSignal) => reconcile(key, deps, signal);
    return (signal) => runController({ name: 'namespace-controller', queue, workers, reconcile: run, log }, signal);
  },
};
