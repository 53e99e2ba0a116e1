import type { Definition, KubernetesObject } from '@flotilla/api';
import type { EncodedObject } from '../registry/registry.js';
import type { StoredObject } from './stored-object.js';

/** How one definition shows stored objects: as they are, or converted (core Events as events.k8s.io Events). */
export interface View {
  of(stored: StoredObject): EncodedObject;
}

const asStored: View = { of: (stored) => stored };

export function viewOf(definition: Definition): View {
  const { conversion } = definition;
  if (conversion === undefined) return asStored;
  const converted = new WeakMap<StoredObject, EncodedObject>();
  return {
    of(stored) {
      let encoded = converted.get(stored);
      if (encoded === undefined) {
        const object = conversion.fromStorage(stored.object);
        encoded = object === stored.object ? stored : encodedOnce(object);
        converted.set(stored, encoded);
      }
      return encoded;
    },
  };
}

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
