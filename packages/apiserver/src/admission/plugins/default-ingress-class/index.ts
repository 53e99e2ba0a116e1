import type { Draft, Ingress } from '@flotilla/api';
import type { AdmissionPlugin } from '../../admission.js';
import { newestDefault } from '../newest-default.js';

const ingressClasses = { group: 'networking.k8s.io', plural: 'ingressclasses' } as const;
const defaultAnnotation = 'ingressclass.kubernetes.io/is-default-class';
/** How ingresses named their class before there was a field for it. */
const classAnnotation = 'kubernetes.io/ingress.class';

/** An ingress that names no class gets the default one, if there is one. */
export function defaultIngressClass(): AdmissionPlugin {
  return {
    name: 'DefaultIngressClass',
    handles: ({ operation, definition, subresource }) =>
      operation === 'CREATE' && subresource === '' && definition.storagePath === 'ingress',

    async mutate({ object }, reads) {
      const ingress = object as Draft<Ingress>; // handles() lets only ingresses through
      const { metadata, spec = {} } = ingress;
      if (spec.ingressClassName !== undefined || metadata?.annotations?.[classAnnotation] !== undefined) return;
      const found = newestDefault((await reads.cached(ingressClasses)).list(), defaultAnnotation);
      if (found !== undefined) ingress.spec = { ...spec, ingressClassName: found.metadata.name };
    },
  };
}
