import type { Definition, KubernetesObject } from '@flotilla/api';
import type { StoredObject } from '../storage/stored-object.js';
import { encodedOnce, type View } from '../storage/view.js';
import type { EncodedObject, ObjectAnswer } from './registry.js';

export function answer(code: number, encoded: EncodedObject, warnings: readonly string[] = []): ObjectAnswer {
  return {
    code,
    warnings,
    get object() {
      return encoded.object;
    },
    get bytes() {
      return encoded.bytes;
    },
  };
}

export function storedAnswer(code: number, view: View, stored: StoredObject, warnings: readonly string[] = []): ObjectAnswer {
  return answer(code, view.of(stored), warnings);
}

/** For what was not stored: subresources of another kind, and dry runs. */
export function plainAnswer(code: number, object: KubernetesObject, warnings: readonly string[] = []): ObjectAnswer {
  return answer(code, encodedOnce(object), warnings);
}

/** What a finished delete says. */
export function successStatus(definition: Definition, object: KubernetesObject, code = 200): ObjectAnswer {
  const { name = '', uid = '' } = object.metadata;
  const details = { name, ...(definition.group === '' ? {} : { group: definition.group }), kind: definition.plural, uid };
  return plainAnswer(code, status('Success', details));
}

/** What a subresource says that only takes an order, such as a binding. */
export function createdStatus(): ObjectAnswer {
  return plainAnswer(201, status('Success', undefined, 201));
}

function status(outcome: string, details?: object, code?: number): KubernetesObject {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: outcome,
    ...(details === undefined ? {} : { details }),
    ...(code === undefined ? {} : { code }),
  } as KubernetesObject; // Status has more members than every object has
}
