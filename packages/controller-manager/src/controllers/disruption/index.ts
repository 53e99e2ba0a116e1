import { kinds, type Persisted, type Pod } from '@flotilla/api';
import { keyOf, namespaceIndex } from '@flotilla/client';
import { runController, WorkQueue } from '@flotilla/controller-kit';
import type { Controller } from '../../controller.js';
import { reconcile, selects } from './reconcile.js';
import { scaleFinder } from './scale.js';

const name = 'disruption-controller';
const workers = 1;

/** Says of each PodDisruptionBudget how many evictions it allows. Woken by budgets and pods; updates budgets' status, writes events. */
export const disruptionController: Controller = {
  name,
  start({ client, informers, served, clock, log, recorder }) {
    const queue = new WorkQueue({ clock });
    const budgets = informers.informer(kinds.podDisruptionBudgets);
    const pods = informers.informer(kinds.pods);
    const wakeBudgets = (pod: Persisted<Pod>) => {
      for (const budget of budgets.byIndex(namespaceIndex, pod.metadata.namespace ?? '')) {
        if (selects(budget, pod)) queue.add(keyOf(budget));
      }
    };
    budgets.addHandler({
      added: (budget) => queue.add(keyOf(budget)),
      updated: (_before, budget) => queue.add(keyOf(budget)),
    });
    pods.addHandler({
      added: wakeBudgets,
      updated(before, pod) {
        wakeBudgets(before);
        wakeBudgets(pod);
      },
      deleted: wakeBudgets,
    });
    const expectedScale = scaleFinder(informers, client, served);
    const deps = { client, budgets, pods, recorder: recorder('controllermanager'), expectedScale };
    const run = (key: string, signal: AbortSignal) => reconcile(key, deps, signal);
    return (signal) => runController({ name, queue, workers, reconcile: run, log }, signal);
  },
};
