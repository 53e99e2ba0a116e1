import { definitions } from '@flotilla/api';
import type { KeyValueStore } from '@flotilla/store-client';
import { readEncryptionConfig } from './config.js';
import { encryptedStore, StaleValues } from './encrypted-store.js';
import { resourceOfKey } from './resource-of-key.js';

/**
 * The store as `--encryption-provider-config` wants it; the store itself when it is not given.
 * @throws ConfigError
 */
export function encryptAtRest(
  store: KeyValueStore,
  flags: { readonly encryptionProviderConfig?: string; readonly etcdPrefix: string },
): { readonly store: KeyValueStore; readonly staleValues: StaleValues | undefined } {
  if (flags.encryptionProviderConfig === undefined) return { store, staleValues: undefined };
  const config = readEncryptionConfig(flags.encryptionProviderConfig);
  const resourceOf = resourceOfKey(flags.etcdPrefix, definitions);
  const staleValues = new StaleValues();
  const transformerOf = (key: string) => {
    const resource = resourceOf(key);
    return resource === undefined ? undefined : config.transformerFor(resource.group, resource.plural);
  };
  return { store: encryptedStore(store, transformerOf, staleValues), staleValues };
}
