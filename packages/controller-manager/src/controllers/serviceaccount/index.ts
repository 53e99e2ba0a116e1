import { kinds } from '@flotilla/api';
import { defaultObjectController } from '../../shared/default-object.js';

/** Every namespace has a ServiceAccount `default`. Woken by namespaces and ServiceAccounts; creates ServiceAccounts. */
export const serviceAccountController = defaultObjectController({
  name: 'serviceaccount-controller',
  type: kinds.serviceAccounts,
  object: (namespace) => ({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'default', namespace },
  }),
});
