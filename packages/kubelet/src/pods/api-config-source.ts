import { type ConfigMap, hasReason, type Secret } from '@flotilla/api';
import type { ResourceClient } from '@flotilla/client';
import type { ConfigSource } from './environment.js';

/** Objects whose last answer is kept for when no API server answers. */
const rememberedMax = 1_000;

/**
 * ConfigMaps and Secrets read from the API each time (Kubernetes' change detection strategy `Get`); while the API cannot be reached, what
 * it said last, so that crashed containers can be started again.
 */
export function apiConfigSource(configMaps: ResourceClient<ConfigMap>, secrets: ResourceClient<Secret>): ConfigSource {
  const known = new Map<string, unknown>();
  const read = async <T>(key: string, get: () => Promise<T>): Promise<T | undefined> => {
    try {
      const answer = await orUndefined(get());
      remember(known, key, answer);
      return answer;
    } catch (error) {
      if (!known.has(key) || hasReason(error, 'Forbidden', 'Unauthorized')) throw error;
      return known.get(key) as T | undefined; // the key names the kind
    }
  };
  return {
    async configMap(namespace, name) {
      const map = await read(`configmap/${namespace}/${name}`, () => configMaps.get(name, { namespace }));
      return map === undefined ? undefined : { data: map.data ?? {}, binaryData: map.binaryData ?? {} };
    },
    async secret(namespace, name) {
      const secret = await read(`secret/${namespace}/${name}`, () => secrets.get(name, { namespace }));
      return secret === undefined ? undefined : (secret.data ?? {});
    },
  };
}

async function orUndefined<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (hasReason(error, 'NotFound')) return undefined;
    throw error;
  }
}

function remember(known: Map<string, unknown>, key: string, value: unknown): void {
  known.delete(key);
  known.set(key, value);
  const oldest = known.keys().next();
  if (known.size > rememberedMax && oldest.done !== true) known.delete(oldest.value);
}
