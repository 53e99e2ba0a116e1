import { type ClusterRole, equalJson, kinds, type Persisted } from '@flotilla/api';
import { keyOf } from '@flotilla/client';
import { done, runController, WorkQueue } from '@flotilla/controller-kit';
import type { Controller } from '../../controller.js';
import { unlessGone } from '../../shared/absence.js';
import { aggregatedRules } from './aggregate.js';

const name = 'clusterrole-aggregation-controller';

/** Cluster roles with an aggregationRule have the rules of those that it selects. Woken by cluster roles; updates them. */
export const clusterRoleAggregationController: Controller = {
  name,
  start({ client, informers, clock, log }) {
    const queue = new WorkQueue({ clock });
    const roles = informers.informer(kinds.clusterRoles);
    const resource = client.resource(kinds.clusterRoles);
    // Any role may be a part of any other, by the labels that it has or had: there are few that aggregate.
    const wake = () => {
      for (const role of roles.list()) if (aggregates(role)) queue.add(keyOf(role));
    };
    roles.addHandler({ added: wake, updated: wake, deleted: wake });

    const reconcile = async (key: string, signal: AbortSignal) => {
      const role = roles.get(key);
      if (role === undefined || !aggregates(role)) return done;
      const rules = aggregatedRules(role, roles.list());
      if (equalJson(rules, role.rules ?? [])) return done;
      await unlessGone(resource.update({ ...role, rules }, { signal }));
      return done;
    };
    return (signal) => runController({ name, queue, workers: 1, reconcile, log }, signal);
  },
};

function aggregates({ aggregationRule }: Persisted<ClusterRole>): boolean {
  return (aggregationRule?.clusterRoleSelectors ?? []).length > 0;
}
