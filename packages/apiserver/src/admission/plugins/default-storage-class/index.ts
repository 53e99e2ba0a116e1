import { classAnnotation, type Draft, type PersistentVolumeClaim } from '@flotilla/api';
import type { AdmissionPlugin } from '../../admission.js';
import { newestDefault } from '../newest-default.js';

const storageClasses = { group: 'storage.k8s.io', plural: 'storageclasses' } as const;
const defaultAnnotations = ['storageclass.kubernetes.io/is-default-class', 'storageclass.beta.kubernetes.io/is-default-class'];

/** A claim that names no storage class gets the default one, if there is one. An empty name is a name: no class is wanted. */
export function defaultStorageClass(): AdmissionPlugin {
  return {
    name: 'DefaultStorageClass',
    handles: ({ operation, definition, subresource }) =>
      operation === 'CREATE' && subresource === '' && definition.storagePath === 'persistentvolumeclaims',

    async mutate({ object }, reads) {
      const claim = object as Draft<PersistentVolumeClaim>; // handles() lets only claims through
      const { metadata, spec = {} } = claim;
      if (spec.storageClassName !== undefined || metadata?.annotations?.[classAnnotation] !== undefined) return;
      const found = newestDefault((await reads.cached(storageClasses)).list(), ...defaultAnnotations);
      if (found !== undefined) claim.spec = { ...spec, storageClassName: found.metadata.name };
    },
  };
}
