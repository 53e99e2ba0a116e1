import { type FieldError, forbidden, invalid, notSupported, required } from '../../errors/field-error.js';
import { unifiedDiff } from '../../errors/unified-diff.js';
import type { PersistentVolume, PersistentVolumeSpec, SecretReference } from '../../generated/types.js';
import { cloneJson, equalButEmptyLists } from '../../json.js';
import type { Draft } from '../../objects.js';
import { noBacksteps } from '../../pods/paths.js';
import { validateAccessModes, validateClassName, volumeModes } from '../../pods/validate-claim.js';
import { validateNodeSelector } from '../../pods/validate-scheduling.js';
import {
  needs,
  validateAzureDisk,
  validateFc,
  validateFlex,
  validateFlocker,
  validateHostPath,
  validateNfs,
  validatePartition,
  validateQuobyte,
  validateStorageOs,
} from '../../pods/volume-sources.js';
import { problemsOf } from '../../validation/check.js';
import { validateDriverName } from '../../validation/driver-name.js';
import { dns1123LabelProblems, dns1123SubdomainProblems } from '../../validation/names.js';
import { immutable } from '../../validation/object-meta.js';
import { compareQuantities, quantityValue } from '../../values/quantity.js';
import { isSameAffinity } from './persistent-volume-affinity.js';
import { validateGlusterfsVolume, validateIscsiVolume } from './persistent-volume-sources.js';

const reclaimPolicies = ['Delete', 'Recycle', 'Retain'];
const others = [
  'accessModes',
  'capacity',
  'claimRef',
  'mountOptions',
  'nodeAffinity',
  'persistentVolumeReclaimPolicy',
  'storageClassName',
  'volumeAttributesClassName',
  'volumeMode',
] as const;
type SourceName = Exclude<keyof PersistentVolumeSpec, (typeof others)[number]>;
type Source<K extends SourceName> = Draft<NonNullable<PersistentVolumeSpec[K]>>;
type Validate<K extends SourceName> = (source: Source<K>, at: string, name: string) => FieldError[];

/** In the order in which Kubernetes looks: the first that is there counts, others are too many. */
const validators: { readonly [K in SourceName]: Validate<K> } = {
  hostPath: validateHostPath,
  gcePersistentDisk: (source, at) => validatePartition(source, at.replace(/gcePersistentDisk$/, 'persistentDisk'), 'pdName'),
  awsElasticBlockStore: (source, at) => validatePartition(source, at, 'volumeID'),
  glusterfs: validateGlusterfsVolume,
  flocker: validateFlocker,
  nfs: validateNfs,
  rbd: (source, at) => needs(source, at, 'monitors', 'image'),
  quobyte: validateQuobyte,
  cephfs: (source, at) => needs(source, at, 'monitors'),
  iscsi: validateIscsiVolume,
  cinder: (source, at) => [
    ...needs(source, at, 'volumeID'),
    ...(source.secretRef === undefined ? [] : needs(source.secretRef, `${at}.secretRef`, 'name', 'namespace')),
  ],
  fc: validateFc,
  flexVolume: validateFlex,
  azureFile: (source, at) => [
    ...needs(source, at, 'secretName', 'shareName'),
    ...(source.secretNamespace === '' ? [required(`${at}.secretNamespace`)] : []),
  ],
  vsphereVolume: (source, at) => needs(source, at, 'volumePath'),
  photonPersistentDisk: (source, at) => needs(source, at, 'pdID'),
  portworxVolume: (source, at) => needs(source, at, 'volumeID'),
  azureDisk: validateAzureDisk,
  scaleIO: (source, at) => needs(source, at, 'gateway', 'system', 'volumeName'),
  local: ({ path = '' }, at) => (path === '' ? [required(`${at}.path`)] : noBacksteps(path, `${at}.path`)),
  storageos: (source, at) => [
    ...validateStorageOs(source, at),
    ...(source.secretRef === undefined ? [] : needs(source.secretRef, `${at}.secretRef`, 'name', 'namespace')),
  ],
  csi: (source, at) => [
    ...validateDriverName(source.driver, `${at}.driver`),
    ...needs(source, at, 'volumeHandle'),
    ...secretNames.flatMap((name) => validateSecretReference(source[name], `${at}.${name}`)),
  ],
};

const sourceNames = Object.keys(validators) as SourceName[]; // the table has no other keys
const secretNames = [
  'controllerPublishSecretRef',
  'controllerExpandSecretRef',
  'nodePublishSecretRef',
  'nodeExpandSecretRef',
] as const;

function validateSecretReference(reference: Draft<SecretReference> | undefined, at: string): FieldError[] {
  if (reference === undefined) return [];
  const { name = '', namespace = '' } = reference;
  return [
    ...(name === '' ? [required(`${at}.name`)] : problemsOf(`${at}.name`, name, dns1123SubdomainProblems(name))),
    ...(namespace === ''
      ? [required(`${at}.namespace`)]
      : problemsOf(`${at}.namespace`, namespace, dns1123LabelProblems(namespace))),
  ];
}

export function validatePersistentVolume({ metadata, spec = {} }: Draft<PersistentVolume>): FieldError[] {
  const { accessModes = [], persistentVolumeReclaimPolicy: policy = '', volumeMode, hostPath } = spec;
  const root = (hostPath?.path ?? '').replaceAll(/\/+\.?(?=\/|$)/g, '') === '' && hostPath?.path !== undefined;
  const field = 'spec.persistentVolumeReclaimPolicy';
  return [
    ...(accessModes.length === 0 ? [required('spec.accessModes')] : []),
    ...validateAccessModes(accessModes, 'spec.accessModes'),
    ...validateCapacity(spec.capacity ?? {}, 'spec.capacity'),
    ...(policy === '' || reclaimPolicies.includes(policy) ? [] : [notSupported(field, policy, reclaimPolicies)]),
    ...validateNodeAffinity(spec),
    ...validateSource(spec, metadata?.name ?? ''),
    ...(root && policy === 'Recycle' ? [forbidden(field, "may not be 'recycle' for a hostPath mount of '/'")] : []),
    ...validateClassName(spec.storageClassName, 'spec.storageClassName'),
    ...(volumeMode === undefined || volumeModes.includes(volumeMode)
      ? []
      : [notSupported('spec.volumeMode', volumeMode, volumeModes)]),
    ...validateAttributesClass(spec),
  ];
}

function validateCapacity(capacity: Readonly<Record<string, string | undefined>>, field: string): FieldError[] {
  const names = Object.keys(capacity);
  return [
    ...(names.length === 0 ? [required(field)] : []),
    ...(names.length === 1 && names[0] === 'storage' ? [] : [notSupported(field, capacity, ['storage'])]),
    ...Object.entries(capacity).flatMap(([name, amount = '0']) => {
      const at = `${field}[${name}]`;
      const order = compareQuantities(amount, 0);
      return [
        ...(order < 0 ? [invalid(at, quantityValue(amount), 'must be a valid resource quantity')] : []),
        ...(order <= 0 ? [invalid(at, amount, 'must be greater than zero')] : []),
      ];
    }),
  ];
}

function validateNodeAffinity({ nodeAffinity }: Draft<PersistentVolumeSpec>): FieldError[] {
  if (nodeAffinity === undefined) return [];
  const at = 'spec.nodeAffinity.required';
  if (nodeAffinity.required === undefined) return [required(at, 'must specify required node constraints')];
  return validateNodeSelector(nodeAffinity.required, at);
}

function validateSource(spec: Draft<PersistentVolumeSpec>, volume: string): FieldError[] {
  const [first, ...more] = sourceNames.filter((name) => spec[name] !== undefined);
  if (first === undefined) return [required('spec', 'must specify a volume type')];
  return [
    ...validateOne(first, spec, volume),
    ...(first === 'local' && spec.nodeAffinity === undefined
      ? [required('spec.nodeAffinity', 'Local volume requires node affinity')]
      : []),
    ...more.flatMap((name) => {
      if (name === 'flexVolume') return validateOne(name, spec, volume); // Kubernetes does not count it
      return [forbidden(`spec.${name === 'cephfs' ? 'cephFS' : name}`, 'may not specify more than 1 volume type')];
    }),
  ];
}

function validateOne<K extends SourceName>(name: K, spec: Draft<PersistentVolumeSpec>, volume: string): FieldError[] {
  const source = spec[name] as Source<K>; // it is there
  return validators[name](source, `spec.${name}`, volume);
}

function validateAttributesClass({ volumeAttributesClassName: name, csi }: Draft<PersistentVolumeSpec>): FieldError[] {
  if (name === undefined) return [];
  const field = 'spec.volumeAttributesClassName';
  return [
    ...(name === '' ? [required(field, 'an empty string is disallowed')] : validateClassName(name, field)),
    ...(csi === undefined ? [required('spec.csi', 'has to be specified when using volumeAttributesClassName')] : []),
  ];
}

/** Where the data lies does not change; who may expand the volume can be said later, once. */
export function validatePersistentVolumeUpdate({ spec = {} }: Draft<PersistentVolume>, old: PersistentVolume): FieldError[] {
  const source = (from: Draft<PersistentVolumeSpec>) => {
    const copy = cloneJson(from);
    for (const name of others) delete copy[name];
    if (old.spec.csi?.controllerExpandSecretRef === undefined) delete copy.csi?.controllerExpandSecretRef;
    return copy;
  };
  const [before, now] = [source(cloneJson(old.spec)), source(spec)];
  const fixed = 'spec.persistentvolumesource is immutable after creation';
  const { nodeAffinity, volumeAttributesClassName: attributes } = old.spec;
  const moved = nodeAffinity !== undefined && !isSameAffinity(spec.nodeAffinity, nodeAffinity);
  const why = 'field is immutable, except for updating from beta label to GA';
  return [
    ...(equalButEmptyLists(now, before)
      ? []
      : [forbidden('spec.persistentvolumesource', `${fixed}\n${unifiedDiff(before, now)}`)]),
    ...immutable('volumeMode', spec.volumeMode, old.spec.volumeMode),
    ...(moved ? [invalid('nodeAffinity', spec.nodeAffinity ?? null, why)] : []),
    ...(attributes !== undefined && spec.volumeAttributesClassName === undefined
      ? [forbidden('spec.volumeAttributesClassName', 'update from non-nil value to nil is forbidden')]
      : []),
  ];
}
