import { compareQuantities, type Draft, type PersistentVolumeClaim, type StorageClass, storageClassOf } from '@flotilla/api';
import type { AdmissionPlugin, AdmissionReads } from '../../admission.js';
import { refused } from '../refusal.js';

const storageClasses = { group: 'storage.k8s.io', plural: 'storageclasses' } as const;

/** A claim grows only where its storage class allows it. */
export function persistentVolumeClaimResize(): AdmissionPlugin {
  return {
    name: 'PersistentVolumeClaimResize',
    handles: ({ operation, definition, subresource }) =>
      operation === 'UPDATE' && subresource === '' && definition.storagePath === 'persistentvolumeclaims',

    async validate(request, reads) {
      const claim = request.object as Draft<PersistentVolumeClaim>; // handles() lets only claims through
      const old = request.old as PersistentVolumeClaim; // an update has one
      const size = ({ spec }: typeof claim) => spec?.resources?.requests?.['storage'] ?? '0';
      if (compareQuantities(size(claim), old.spec?.resources?.requests?.['storage'] ?? '0') <= 0) return;
      if (old.status?.phase !== 'Bound') throw refused(request, 'Only bound persistent volume claims can be expanded');
      if (await allowsExpansion(claim, old, reads)) return;
      throw refused(
        request,
        'only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize',
      );
    },
  };
}

async function allowsExpansion(
  claim: Draft<PersistentVolumeClaim>,
  old: PersistentVolumeClaim,
  reads: AdmissionReads,
): Promise<boolean> {
  const name = storageClassOf(claim);
  const before = storageClassOf(old);
  if (name === '' || before === '') return false;
  const found = (await reads.cached(storageClasses)).get('', name) ?? (await reads.live(storageClasses, '', name));
  return (found as StorageClass | undefined)?.allowVolumeExpansion === true; // read as one
}
