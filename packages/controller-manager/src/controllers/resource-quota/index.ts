import {
  type Definition,
  equalJson,
  type GroupResource,
  hasReason,
  type KubernetesObject,
  kinds,
  type Persisted,
  quotaNamesOf,
  quotaUsageOf,
  recountQuota,
} from '@flotilla/api';
import { sleep } from '@flotilla/base';
import { type Informer, keyOf, namespaceIndex } from '@flotilla/client';
import { done, runController, WorkQueue } from '@flotilla/controller-kit';
import type { Controller, ControllerContext } from '../../controller.js';
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
}

/**
 * Says in the status of each quota what is used of it. API servers add what they grant; this controller counts anew when
 * something comes or goes, when a quota changes, and from time to time. Woken by quotas and by whatever they count; updates quotas' status.
 */
export const resourceQuotaController: Controller = {
  name,
  start(context) {
    const { client, informers, clock, log } = context;
    const queue = new WorkQueue({ clock });
    const quotas = informers.informer(kinds.resourceQuotas);
    const statuses = client.resource(kinds.resourceQuotas);
    quotas.addHandler({
      added: (quota) => queue.add(keyOf(quota)),
      updated(before, quota) {
        if (!equalJson(quota.spec, before.spec) || !equalJson(quota.spec?.hard, quota.status?.hard)) queue.add(keyOf(quota));
      },
    });
    const counted = watchCounted(context, (namespace, resource) => {
      for (const quota of quotas.byIndex(namespaceIndex, namespace)) {
        if (quotaNamesOf(resource, Object.keys(quota.spec?.hard ?? {})).length > 0) queue.add(keyOf(quota));
      }
    });

    const looks = new Map<string, Look & { readonly atMs: number }>();

    const reconcile = async (key: string, signal: AbortSignal) => {
      const quota = quotas.get(key);
      if (quota === undefined) {
        looks.delete(key);
        return done;
      }
      const { namespace = '' } = quota.metadata;
      const objects = counted.map(({ resource, informer }) => ({
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
        await statuses
          .updateStatus({ ...quota, status: { hard: counts.hard ?? {}, used } }, { signal })
          .catch((error: unknown) => {
            if (!hasReason(error, 'NotFound')) throw error;
          });
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
      await Promise.all([runController({ name, queue, workers, reconcile, log }, signal), resync()]);
    };
  },
};

/** @param changed something of this resource comes, goes, or takes another amount */
function watchCounted(
  { informers, served, clock }: ControllerContext,
  changed: (namespace: string, resource: GroupResource) => void,
): readonly Counted[] {
  const byPath = new Map<string, Definition>();
  for (const definition of served) {
    // Two versions of a kind are two views of the same objects.
    if (isCounted(definition) && !byPath.has(definition.storagePath)) byPath.set(definition.storagePath, definition);
  }
  return [...byPath.values()].map((definition) => {
    const resource = { group: definition.group, resource: definition.plural };
    const informer = informers.informer<KubernetesObject>(definition);
    const tell = ({ metadata }: Persisted) => changed(metadata.namespace ?? '', resource);
    const usage = (object: Persisted) => quotaUsageOf(resource, object as object, clock.wallMs());
    informer.addHandler({
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
    return { resource, informer };
  });
}

function isCounted({ namespaced, kind, verbs }: Definition): boolean {
  return namespaced && kind !== 'Event' && verbs.includes('list') && verbs.includes('watch');
}
