import type { KubernetesObject } from '../objects.js';

const betaAnnotation = 'volume.beta.kubernetes.io/storage-class';

interface HasClass extends KubernetesObject {
  readonly spec: { readonly storageClassName?: string };
}

/** The class of a volume or claim: an annotation of old comes before the field that replaced it. */
export function storageClassText({ metadata, spec }: HasClass): string {
  return metadata.annotations?.[betaAnnotation] ?? spec.storageClassName ?? '';
}
