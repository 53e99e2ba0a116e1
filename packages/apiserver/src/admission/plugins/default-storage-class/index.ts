import type { Draft, PersistentVolumeClaim } from '@flotilla/api';
import type { AdmissionPlugin } from '../../admission.js';
import { newestDefault } from '../newest-default.js';

const storageClasses = { group: 'storage.k8s.io', plural: 'storageclasses' } as const;
const defaultAnnotations = ['storageclass.kubernetes.io/is-default-class', 'storageclass.beta.kubernetes.io/is-default-class'];
/** How claims named their class before there was a field for it. */
const betaAnnotation = 'volume.beta.kubernetes.io/storage-class';

/** A claim that names no storage class gets the default one, if there is one. An empty name is a name: no class is wanted. */
export function defaultStorageClass(): AdmissionPlugin {
  return {
    name: 'DefaultStorageClass',
    handles: ({ operation, definition, subresource }) =>
      operation === 'CREATE' && subresource === '' && definition.storagePath === 'persistentvolumeclaims',

    async mutate({ object }, reads) {
      const claim = object as Draft<PersistentVolumeClaim>; // handles() lets only claims through
      const { metadata, spec = {} } = claim;
      if (spec.storageClassName !== undefined || metadata?.annotations?.[betaAnnotation] !== undefined) return;
      const found = newestDefault((await reads.cached(storageClasses)).list(), ...defaultAnnotations);
      if (found !== undefined) claim.spec = { ...spec, storageClassName: found.metadata.name };
    },
  };
}
