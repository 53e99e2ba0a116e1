import {
  equalJson,
  type GroupResource,
  type KubernetesObject,
  kinds,
  type Persisted,
  quotaNamesOf,
  quotaUsageOf,
  type ResourceQuota,
  recountQuota,
} from '@flotilla/api';
import { sleep } from '@flotilla/base';
import { type Informer, keyOf, namespaceIndex, type ServedResource } from '@flotilla/client';
import { done, runController, WorkQueue } from '@flotilla/controller-kit';
import type { Controller, ControllerContext } from '../../controller.js';
import { unlessGone } from '../../shared/absence.js';
import { confirmCount, type Look } from './confirm.js';

const name = 'resourcequota-controller';
const workers = 2;
/** All quotas are counted again so often: what was granted and then not created is given back. Kubernetes' default. */
const resyncPeriodMs = 300_000;
/** Kinds whose objects can take another amount while they are there. */
const changing: ReadonlySet<string> = new Set(['pods', 'services', 'persistentvolumeclaims']);

/** By then what an API server has charged is written and has reached the caches here, or never will. */
const settleMs = 500;

interface Counted {
  readonly resource: GroupResource;
  readonly informer: Informer<KubernetesObject>;
  stop(): void;
}

/**
 * Says in the status of each quota what is used of it. API servers add what they grant; this controller counts anew when
 * something comes or goes, when a quota changes, and from time to time. Woken by quotas and by whatever they count; updates quotas' status.
 */
export const resourceQuotaController: Controller = {
  name,
  start(context) {
    const { client, informers, served, clock, log } = context;
    const queue = new WorkQueue({ clock });
    const quotas = informers.informer(kinds.resourceQuotas);
    const statuses = client.resource(kinds.resourceQuotas);
    quotas.addHandler({
      added: (quota) => queue.add(keyOf(quota)),
      updated(before, quota) {
        if (!equalJson(quota.spec, before.spec) || !equalJson(quota.spec?.hard, quota.status?.hard)) queue.add(keyOf(quota));
      },
    });
    const counted = new Set<Counted>();
    const recount = (concerned: Iterable<Persisted<ResourceQuota>>, resource: GroupResource) => {
      for (const quota of concerned) {
        if (quotaNamesOf(resource, Object.keys(quota.spec?.hard ?? {})).length > 0) queue.add(keyOf(quota));
      }
    };
    const count = (type: ServedResource, gone: AbortSignal) => {
      if (!isCounted(type)) return;
      const resource = { group: type.group, resource: type.plural };
      const one = watchCounted(context, type, (namespace) => recount(quotas.byIndex(namespaceIndex, namespace), resource));
      counted.add(one);
      // Where there is nothing to count, nothing else tells that it has been counted.
      one.informer.synced(gone).then(
        () => recount(quotas.list(), resource),
        () => undefined,
      );
      const remove = () => {
        counted.delete(one);
        one.stop();
      };
      gone.addEventListener('abort', remove, { once: true });
    };

    const looks = new Map<string, Look & { readonly atMs: number }>();

    const reconcile = async (key: string, signal: AbortSignal) => {
      const quota = quotas.get(key);
      if (quota === undefined) {
        looks.delete(key);
        return done;
      }
      const { namespace = '' } = quota.metadata;
      // What a cache that is not filled has too little of stays as it is.
      const filled = [...counted].filter(({ informer }) => informer.hasSynced);
      const objects = filled.map(({ resource, informer }) => ({
        resource,
        objects: informer.byIndex(namespaceIndex, namespace),
      }));
      const counts = recountQuota(quota, objects, clock.wallMs());
      const { hard: hardBefore, used: usedBefore = {} } = quota.status ?? {};
      const nowMs = clock.monotonicMs();
      const look = looks.get(key);
      const settled = look !== undefined && nowMs - look.atMs >= settleMs;
      const { used, open } = confirmCount(counts.used ?? {}, usedBefore, settled ? look : undefined);
      if (!open) looks.delete(key);
      else if (look === undefined || settled) looks.set(key, { atMs: nowMs, used: usedBefore });
      if (!equalJson({ hard: counts.hard, used }, { hard: hardBefore, used: usedBefore })) {
        await unlessGone(statuses.updateStatus({ ...quota, status: { hard: counts.hard ?? {}, used } }, { signal }));
      }
      return open ? { requeueAfterMs: settleMs } : done;
    };
    return async (signal) => {
      const resync = async () => {
        while (!signal.aborted) {
          await sleep(clock, resyncPeriodMs, signal).catch(() => undefined);
          for (const quota of quotas.list()) queue.add(keyOf(quota));
        }
      };
      served.follow(count);
      await Promise.all([runController({ name, queue, workers, reconcile, log }, signal), resync()]);
    };
  },
};

/** @param changed something of this resource comes, goes, or takes another amount */
function watchCounted(
  { informers, clock }: ControllerContext,
  type: ServedResource,
  changed: (namespace: string) => void,
): Counted {
  const resource = { group: type.group, resource: type.plural };
  const informer = informers.informer<KubernetesObject>(type);
  const tell = ({ metadata }: Persisted) => changed(metadata.namespace ?? '');
  const usage = (object: Persisted) => quotaUsageOf(resource, object as object, clock.wallMs());
  const removeHandler = informer.addHandler({
    added: tell,
    deleted: tell,
    ...(resource.group === '' && changing.has(resource.resource)
      ? {
          updated(before, object) {
            if (!equalJson(usage(before), usage(object))) tell(object);
          },
        }
      : {}),
  });
  const stop = () => {
    removeHandler();
    informers.release(informer);
  };
  return { resource, informer, stop };
}

function isCounted({ namespaced, kind, verbs }: ServedResource): boolean {
  return namespaced && kind !== 'Event' && verbs.includes('list') && verbs.includes('watch');
}
