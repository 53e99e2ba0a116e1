import { type Binding, hasReason, type Persisted, type Pod } from '@flotilla/api';
import { backoffMs, type Clock, type Random, sleep } from '@flotilla/base';
import { ConnectionError } from '@flotilla/client';
import { bindingBackoff } from './limits.js';
import type { WriteBinding } from './plugins/default-binder/index.js';

/** The two requests that binding takes. Both throw StatusError (the server's answer) or ConnectionError (none came). */
export interface BindingApi {
  post(binding: Binding, namespace: string, signal: AbortSignal): Promise<void>;
  get(name: string, namespace: string, signal: AbortSignal): Promise<Persisted<Pod>>;
}

/**
 * Posts Bindings, and finds out what became of one whose answer was lost: it is posted again, which is safe, because a pod is
 * bound once; a conflict is then resolved by looking at the pod. Meanwhile the pod goes on being counted on its node, since it may
 * well be there.
 */
export function bindingWriter(api: BindingApi, deps: { readonly clock: Clock; readonly random: Random }): WriteBinding {
  return async ({ metadata: { name, namespace = '', uid } }, nodeName, signal) => {
    const target = { apiVersion: 'v1', kind: 'Node', name: nodeName };
    const binding: Binding = { apiVersion: 'v1', kind: 'Binding', metadata: { name, namespace, uid }, target };
    let ambiguous = false;
    for (let attempt = 1; ; attempt++) {
      try {
        await api.post(binding, namespace, signal);
        return;
      } catch (error) {
        if (error instanceof ConnectionError && (error.sent || ambiguous)) ambiguous = true;
        else if (ambiguous && hasReason(error, 'Conflict') && (await isOurs(api, name, namespace, uid, nodeName, signal))) return;
        else throw error;
      }
      await sleep(deps.clock, backoffMs(attempt, bindingBackoff, deps.random), signal);
    }
  };
}

async function isOurs(api: BindingApi, name: string, namespace: string, uid: string, nodeName: string, signal: AbortSignal) {
  const pod = await api.get(name, namespace, signal);
  return pod.metadata.uid === uid && pod.spec.nodeName === nodeName;
}
