import type { Container, PodSpec } from '../generated/types.js';
import type { Draft } from '../objects.js';

/** Every container of a pod, in the order of `containersWithPaths`. */
export function containersOf(spec: Draft<PodSpec>): readonly Draft<Container>[] {
  return [...(spec.initContainers ?? []), ...(spec.containers ?? []), ...(spec.ephemeralContainers ?? [])];
}

/** Every container of a pod with its path: init containers first, ephemeral ones last, as Kubernetes goes through them. */
export function containersWithPaths(spec: Draft<PodSpec>, field: string): readonly (readonly [Draft<Container>, string])[] {
  return (['initContainers', 'containers', 'ephemeralContainers'] as const).flatMap((name) =>
    (spec[name] ?? []).map((container: Draft<Container>, index) => [container, `${field}.${name}[${index}]`] as const),
  );
}

/** Where a pod's status tells of its containers. */
export const statusLists = ['containerStatuses', 'initContainerStatuses', 'ephemeralContainerStatuses'] as const;
