import type { PersistentVolume, PersistentVolumeClaim } from '../../generated/types.js';
import type { Draft } from '../../objects.js';
import { warnOfVolumeTypes } from '../../warnings/deprecated-volumes.js';
import { warnOfFractions } from '../../warnings/warn-of-containers.js';
import { warnOfTerm } from '../../warnings/warn-of-scheduling.js';
import { classAnnotation } from '../storage/class-name.js';

const optionsAnnotation = 'volume.beta.kubernetes.io/mount-options';
const useClassName = 'deprecated since v1.8; use "storageClassName" attribute instead';
const useOptions = 'deprecated since v1.31; use "mountOptions" attribute instead';

/** Of others that nothing serves any more Kubernetes says nothing here. */
const warnedOf = ['cephfs', 'photonPersistentDisk', 'scaleIO', 'storageos', 'glusterfs', 'rbd'] as const;

export function warningsOfVolume({ metadata, spec = {} }: Draft<PersistentVolume>): string[] {
  const annotations = metadata?.annotations ?? {};
  const policy = 'The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.';
  return [
    ...warnOfAnnotation(annotations, classAnnotation, useClassName),
    ...warnOfAnnotation(annotations, optionsAnnotation, useOptions),
    ...(spec.persistentVolumeReclaimPolicy === 'Recycle' ? [`spec.persistentVolumeReclaimPolicy: ${policy}`] : []),
    ...(spec.nodeAffinity?.required?.nodeSelectorTerms ?? []).flatMap((term, index) =>
      warnOfTerm(term, `spec.nodeAffinity.required.nodeSelectorTerms[${index}]`, 'checked'),
    ),
    ...warnOfVolumeTypes(spec, 'spec', warnedOf),
  ];
}

export function warningsOfClaim({ metadata, spec = {} }: Draft<PersistentVolumeClaim>): string[] {
  return [
    ...warnOfAnnotation(metadata?.annotations ?? {}, classAnnotation, useClassName),
    ...warnOfFractions(spec.resources?.requests, ['storage'], 'spec.resources.requests'),
    ...warnOfFractions(spec.resources?.limits, ['storage'], 'spec.resources.limits'),
  ];
}

function warnOfAnnotation(annotations: Readonly<Record<string, string | undefined>>, key: string, message: string): string[] {
  return annotations[key] === undefined ? [] : [`metadata.annotations[${key}]: ${message}`];
}
