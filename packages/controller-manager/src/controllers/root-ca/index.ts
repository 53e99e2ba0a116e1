import { kinds } from '@flotilla/api';
import { defaultObjectController } from '../../shared/default-object.js';

/** Every namespace has the cluster's CA in a ConfigMap, for pods that call the API. Woken by namespaces and ConfigMaps. */
export const rootCaController = defaultObjectController({
  name: 'root-ca-certificate-publisher-controller',
  type: kinds.configMaps,
  object: (namespace, { rootCa }) =>
    rootCa === undefined
      ? undefined
      : {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: {
            name: 'kube-root-ca.crt',
            namespace,
            annotations: {
              'kubernetes.io/description':
                'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.',
            },
          },
          data: { 'ca.crt': rootCa },
        },
  isRight: (existing, wanted) => existing.data?.['ca.crt'] === wanted.data?.['ca.crt'],
});
