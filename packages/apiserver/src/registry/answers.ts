import type { Definition, KubernetesObject } from '@flotilla/api';
import { encodedOnce } from '../storage/encoded-once.js';
import type { StoredObject } from '../storage/stored-object.js';
import type { View } from '../storage/view.js';
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

/** @throws StatusError when it cannot be converted to the version that is to be shown */
export async function shownAnswer(code: number, view: View, stored: StoredObject): Promise<ObjectAnswer> {
  if (view.prepare !== undefined) await view.prepare([stored]);
  return answer(code, view.of(stored));
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
