import { hasReason, type KubernetesObject, kinds, type Persisted } from '@flotilla/api';
import { joinKey, keyOf, type ResourceType } from '@flotilla/client';
import { done, runController, WorkQueue } from '@flotilla/controller-kit';
import type { Controller } from '../controller.js';
import type { ManagerSettings } from '../settings.js';

export interface DefaultObject<T extends KubernetesObject> {
  readonly name: string;
  readonly type: ResourceType<T>;
  /** What the namespace must have; undefined: nothing. */
  object(namespace: string, settings: ManagerSettings): T | undefined;
  /** Whether what is there will do; by default, anything of that name does. */
  isRight?(existing: T, wanted: T): boolean;
}

/** A controller that keeps one object of a fixed name in every namespace that is not being deleted. */
export function defaultObjectController<T extends KubernetesObject>(description: DefaultObject<T>): Controller {
  const { name, type } = description;
  return {
    name,
    start({ client, informers, clock, log, settings }) {
      const queue = new WorkQueue({ clock });
      const namespaces = informers.informer(kinds.namespaces);
      const objects = informers.informer<T>(type);
      const resource = client.resource<T>(type);
      const wake = (namespace: Persisted) => queue.add(keyOf(namespace));
      const wakeNamespace = ({ metadata }: Persisted<T>) => {
        const wanted = description.object(metadata.namespace ?? '', settings);
        if (wanted?.metadata.name === metadata.name) queue.add(metadata.namespace ?? '');
      };
      namespaces.addHandler({ added: wake, updated: (_before, namespace) => wake(namespace) });
      objects.addHandler({ updated: (_before, object) => wakeNamespace(object), deleted: wakeNamespace });

      const reconcile = async (key: string, signal: AbortSignal) => {
        const namespace = namespaces.get(key);
        const wanted = description.object(key, settings);
        if (wanted === undefined || namespace === undefined || namespace.metadata.deletionTimestamp !== undefined) return done;
        const existing = objects.get(joinKey(key, wanted.metadata.name ?? ''));
        if (existing === undefined) {
          await resource.create(wanted, { signal }).catch((error: unknown) => {
            if (!hasReason(error, 'AlreadyExists')) throw error;
          });
        } else if (description.isRight?.(existing, wanted) === false) {
          await resource.update({ ...existing, ...wanted, metadata: existing.metadata }, { signal });
        }
        return done;
      };
      return (signal) => runController({ name, queue, workers: 1, reconcile, log }, signal);
    },
  };
}
