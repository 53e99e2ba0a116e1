import type { Definition, KubernetesObject } from '@flotilla/api';

/** An object as another version of its resource has it. */
export function convertObject(object: KubernetesObject, from: Definition, to: Definition): KubernetesObject {
  if (from === to) return object;
  const stored = from.conversion === undefined ? object : from.conversion.toStorage(object);
  return to.conversion === undefined ? stored : to.conversion.fromStorage(stored);
}
