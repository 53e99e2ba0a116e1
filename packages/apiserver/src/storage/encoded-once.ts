import type { KubernetesObject } from '@flotilla/api';
import type { EncodedObject } from '../registry/registry.js';

/** For objects that are not in the store: Status, Scale, objects of dry runs. */
export function encodedOnce(object: KubernetesObject): EncodedObject {
  let bytes: Uint8Array | undefined;
  return {
    object,
    get bytes() {
      bytes ??= Buffer.from(JSON.stringify(object), 'utf8');
      return bytes;
    },
  };
}
