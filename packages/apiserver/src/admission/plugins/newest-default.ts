import type { KubernetesObject } from '@flotilla/api';

/** Of the objects one of whose annotations says that they are the default, the one that was made last; of several, the first by name. */
export function newestDefault(
  objects: Iterable<KubernetesObject>,
  ...annotations: readonly string[]
): KubernetesObject | undefined {
  let newest: KubernetesObject | undefined;
  for (const object of objects) {
    if (!annotations.some((annotation) => object.metadata.annotations?.[annotation] === 'true')) continue;
    if (newest === undefined || compareAge(object, newest) < 0) newest = object;
  }
  return newest;
}

/** Times of one format compare as text. */
function compareAge(a: KubernetesObject, b: KubernetesObject): number {
  const [made, other] = [a.metadata.creationTimestamp ?? '', b.metadata.creationTimestamp ?? ''];
  if (made !== other) return made > other ? -1 : 1;
  return (a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1;
}
