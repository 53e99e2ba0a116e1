import { type ConfigMap, hasReason, type Secret } from '@flotilla/api';
import type { ResourceClient } from '@flotilla/client';
import type { ConfigSource } from './environment.js';

/** ConfigMaps and Secrets read from the API each time: Kubernetes' change detection strategy `Get`. */
export function apiConfigSource(configMaps: ResourceClient<ConfigMap>, secrets: ResourceClient<Secret>): ConfigSource {
  return {
    async configMap(namespace, name) {
      const map = await orUndefined(configMaps.get(name, { namespace }));
      return map === undefined ? undefined : { data: map.data ?? {}, binaryData: map.binaryData ?? {} };
    },
    async secret(namespace, name) {
      const secret = await orUndefined(secrets.get(name, { namespace }));
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
