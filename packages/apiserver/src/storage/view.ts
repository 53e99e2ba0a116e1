import type { Definition, LocalConversion } from '@flotilla/api';
import type { EncodedObject } from '../registry/registry.js';
import { encodedOnce } from './encoded-once.js';
import { RemoteView } from './remote-view.js';
import type { StoredObject } from './stored-object.js';

/** How one definition shows stored objects: as they are, or converted (core Events as events.k8s.io Events). */
export interface View {
  of(stored: StoredObject): EncodedObject;
  /** There where somebody else converts: has to be awaited before `of`. @throws StatusError */
  readonly prepare?: (stored: readonly StoredObject[]) => Promise<void>;
}

/** Shows what is stored, whatever version that is. */
export const asStored: View = { of: (stored) => stored };

export function viewOf({ conversion }: Definition): View {
  if (conversion === undefined) return asStored;
  return 'remote' in conversion ? new RemoteView(conversion) : localView(conversion);
}

function localView(conversion: LocalConversion): View {
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
