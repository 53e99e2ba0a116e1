import type { PersistentVolume, PersistentVolumeClaim } from '../../generated/types.js';
import type { Draft } from '../../objects.js';
import { warnOfFractions } from '../../warnings/warn-of-containers.js';
import { warnOfTerm } from '../../warnings/warn-of-scheduling.js';

const classAnnotation = 'volume.beta.kubernetes.io/storage-class';
const optionsAnnotation = 'volume.beta.kubernetes.io/mount-options';
const useClassName = 'deprecated since v1.8; use "storageClassName" attribute instead';
const useOptions = 'deprecated since v1.31; use "mountOptions" attribute instead';

/** Types of volumes that nothing serves any more, each with its name in the message and what it says. */
const deprecated = {
  cephfs: ['cephfs', 'deprecated in v1.28, non-functional in v1.31+'],
  photonPersistentDisk: ['photonPersistentDisk', 'deprecated in v1.11, non-functional in v1.16+'],
  scaleIO: ['scaleIO', 'deprecated in v1.16, non-functional in v1.22+'],
  storageos: ['storageOS', 'deprecated in v1.22, non-functional in v1.25+'],
  glusterfs: ['glusterfs', 'deprecated in v1.25, non-functional in v1.26+'],
  rbd: ['rbd', 'deprecated in v1.28, non-functional in v1.31+'],
} as const;

export function warningsOfVolume({ metadata, spec = {} }: Draft<PersistentVolume>): string[] {
  const types = Object.keys(deprecated) as (keyof typeof deprecated)[];
  const annotations = metadata?.annotations ?? {};
  const policy = 'The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.';
  return [
    ...warnOfAnnotation(annotations, classAnnotation, useClassName),
    ...warnOfAnnotation(annotations, optionsAnnotation, useOptions),
    ...(spec.persistentVolumeReclaimPolicy === 'Recycle' ? [`spec.persistentVolumeReclaimPolicy: ${policy}`] : []),
    ...(spec.nodeAffinity?.required?.nodeSelectorTerms ?? []).flatMap((term, index) =>
      warnOfTerm(term, `spec.nodeAffinity.required.nodeSelectorTerms[${index}]`, 'checked'),
    ),
    ...types.flatMap((type) => (spec[type] === undefined ? [] : [`spec.${deprecated[type][0]}: ${deprecated[type][1]}`])),
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
