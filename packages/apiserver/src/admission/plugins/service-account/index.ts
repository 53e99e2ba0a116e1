import type { Draft, Pod } from '@flotilla/api';
import type { AdmissionPlugin } from '../../admission.js';

const mirrorAnnotation = 'kubernetes.io/config.mirror';

/** Every pod runs as some ServiceAccount: `default`, unless it names one. */
export function serviceAccount(): AdmissionPlugin {
  return {
    name: 'ServiceAccount',
    handles: ({ operation, definition, subresource }) =>
      operation === 'CREATE' && subresource === '' && definition.storagePath === 'pods',

    mutate({ object }) {
      const pod = object as Draft<Pod>; // handles() lets only pods through
      if (pod.metadata?.annotations?.[mirrorAnnotation] !== undefined) return;
      pod.spec ??= {};
      if ((pod.spec.serviceAccountName ?? '') === '') pod.spec.serviceAccountName = 'default';
    },
  };
}
