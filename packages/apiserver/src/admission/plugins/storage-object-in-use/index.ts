import type { AdmissionPlugin } from '../../admission.js';

/** What keeps an object that is in use from vanishing, by storage path. Controllers take it off when nothing uses the object. */
const finalizers: Readonly<Record<string, string>> = {
  persistentvolumeclaims: 'kubernetes.io/pvc-protection',
  persistentvolumes: 'kubernetes.io/pv-protection',
};

/** Claims that pods use, and volumes that claims are bound to, do not go before their users. */
export function storageObjectInUseProtection(): AdmissionPlugin {
  return {
    name: 'StorageObjectInUseProtection',
    handles: ({ operation, definition, subresource }) =>
      operation === 'CREATE' && subresource === '' && finalizers[definition.storagePath] !== undefined,

    mutate({ definition, object }) {
      const finalizer = finalizers[definition.storagePath];
      const meta = object?.metadata;
      if (finalizer === undefined || meta === undefined) return;
      const own = meta.finalizers ?? [];
      if (!own.includes(finalizer)) meta.finalizers = [...own, finalizer];
    },
  };
}
