import { type Definition, type KubernetesObject, localConversion } from '@flotilla/api';
import { defined } from '@flotilla/base';

/** An object as it is stored. @throws StatusError when who converts it does not */
export async function toStorage({ conversion }: Definition, object: KubernetesObject): Promise<KubernetesObject> {
  if (conversion === undefined) return object;
  if (!('remote' in conversion)) return conversion.toStorage(object);
  return only(await conversion.toStorage([object]));
}

/** An object as another version of its resource has it. @throws StatusError when who converts it does not */
export async function convertObject(object: KubernetesObject, from: Definition, to: Definition): Promise<KubernetesObject> {
  if (from === to) return object;
  const stored = await toStorage(from, object);
  if (to.conversion === undefined) return stored;
  if (!('remote' in to.conversion)) return to.conversion.fromStorage(stored);
  return only(await to.conversion.fromStorage([stored]));
}

/** The same at once: for kinds that nobody else converts. */
export function convertLocally(object: KubernetesObject, from: Definition, to: Definition): KubernetesObject {
  const stored = localConversion(from)?.toStorage(object) ?? object;
  return localConversion(to)?.fromStorage(stored) ?? stored;
}

function only(objects: readonly KubernetesObject[]): KubernetesObject {
  return defined(objects[0], 'as many come back as were given');
}
