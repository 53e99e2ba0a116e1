import { duplicate, type FieldError, forbidden, invalid, required } from '../errors/field-error.js';
import type { ImageVolumeSource, Volume } from '../generated/types.js';
import type { Draft } from '../objects.js';
import { oneOf, problemsOf } from '../validation/check.js';
import { validateDriverName } from '../validation/driver-name.js';
import { dns1123LabelProblems, dns1123SubdomainProblems } from '../validation/names.js';
import { compareQuantities } from '../values/quantity.js';
import { descendingPath } from './paths.js';
import { validateClaimTemplate } from './validate-claim.js';
import { validateDownwardFile, validateKeyToPath, validateMode, validateProjected } from './validate-projected.js';
import {
  needs,
  validateAzureDisk,
  validateFc,
  validateFlex,
  validateFlocker,
  validateHostPath,
  validateIscsi,
  validateNfs,
  validatePartition,
  validateQuobyte,
  validateStorageOs,
} from './volume-sources.js';

export const pullPolicies = ['Always', 'IfNotPresent', 'Never'];
const iscsiNameMax = 64;

type SourceName = Exclude<keyof Volume, 'name'>;
type Validate<K extends SourceName> = (source: Draft<NonNullable<Volume[K]>>, at: string) => FieldError[];

/** In the order in which Kubernetes looks: the first that is there counts, others are too many. */
const validators: { readonly [K in SourceName]: Validate<K> } = {
  emptyDir: ({ sizeLimit }, at) =>
    sizeLimit !== undefined && compareQuantities(sizeLimit, 0) < 0
      ? [forbidden(`${at}.sizeLimit`, 'SizeLimit field must be a valid resource quantity')]
      : [],
  hostPath: validateHostPath,
  gitRepo: (source, at) => [...needs(source, at, 'repository'), ...descendingPath(source.directory ?? '', `${at}.directory`)],
  gcePersistentDisk: (source, at) => validatePartition(source, at.replace(/gcePersistentDisk$/, 'persistentDisk'), 'pdName'),
  awsElasticBlockStore: (source, at) => validatePartition(source, at, 'volumeID'),
  secret: (source, at) => [
    ...needs(source, at, 'secretName'),
    ...validateMode(source.defaultMode, `${at}.defaultMode`),
    ...(source.items ?? []).flatMap((item, index) => validateKeyToPath(item, `${at}.items[${index}]`)),
  ],
  nfs: validateNfs,
  iscsi: validateIscsi,
  glusterfs: (source, at) => needs(source, at, 'endpoints', 'path'),
  flocker: validateFlocker,
  persistentVolumeClaim: (source, at) => needs(source, at, 'claimName'),
  rbd: (source, at) => needs(source, at, 'monitors', 'image'),
  cinder: (source, at) => [
    ...needs(source, at, 'volumeID'),
    ...(source.secretRef === undefined ? [] : needs(source.secretRef, `${at}.secretRef`, 'name')),
  ],
  cephfs: (source, at) => needs(source, at, 'monitors'),
  quobyte: validateQuobyte,
  downwardAPI: (source, at) => [
    ...validateMode(source.defaultMode, `${at}.defaultMode`),
    ...(source.items ?? []).flatMap((file) => validateDownwardFile(file, at)),
  ],
  fc: validateFc,
  flexVolume: validateFlex,
  configMap: (source, at) => [
    ...needs(source, at, 'name'),
    ...validateMode(source.defaultMode, `${at}.defaultMode`),
    ...(source.items ?? []).flatMap((item, index) => validateKeyToPath(item, `${at}.items[${index}]`)),
  ],
  azureFile: (source, at) => needs(source, at, 'secretName', 'shareName'),
  vsphereVolume: (source, at) => needs(source, at, 'volumePath'),
  photonPersistentDisk: (source, at) => needs(source, at, 'pdID'),
  portworxVolume: (source, at) => needs(source, at, 'volumeID'),
  azureDisk: validateAzureDisk,
  storageos: (source, at) => [
    ...validateStorageOs(source, at),
    ...(source.secretRef === undefined ? [] : needs(source.secretRef, `${at}.secretRef`, 'name')),
  ],
  projected: validateProjected,
  scaleIO: (source, at) => needs(source, at, 'gateway', 'system', 'volumeName'),
  csi: ({ driver, nodePublishSecretRef: secret }, at) => [
    ...validateDriverName(driver, `${at}.driver`),
    ...(secret === undefined
      ? []
      : secret.name === undefined || secret.name === ''
        ? [required(`${at}.nodePublishSecretRef.name`)]
        : problemsOf(`${at}.name`, secret.name, dns1123SubdomainProblems(secret.name))),
  ],
  ephemeral: ({ volumeClaimTemplate: template }, at) =>
    template === undefined
      ? [required(`${at}.volumeClaimTemplate`)]
      : validateClaimTemplate(template, `${at}.volumeClaimTemplate`),
  image: ({ pullPolicy }: Draft<ImageVolumeSource>, at) => oneOf(`${at}.pullPolicy`, pullPolicy, pullPolicies),
};

const sourceNames = Object.keys(validators) as SourceName[]; // the table has no other keys

/** The name in the path that tells of one type too many is spelt as Kubernetes spells it. */
const misspelt: Partial<Record<SourceName, string>> = { cephfs: 'cephFS', downwardAPI: 'downwarAPI' };

/** @param pod the name of a real pod: ephemeral volumes make claims that are named after it */
export function validateVolumes(volumes: readonly Draft<Volume>[], field: string, pod = ''): FieldError[] {
  const names = new Set<string>();
  const claims = new Set(
    volumes.flatMap(({ name, ephemeral }) => (pod !== '' && ephemeral !== undefined ? [`${pod}-${name}`] : [])),
  );
  return volumes.flatMap((volume, index) => {
    const at = `${field}[${index}]`;
    const { name = '', persistentVolumeClaim } = volume;
    const errors = validateSource(volume, at);
    if (volume.ephemeral !== undefined && pod !== '' && name !== '') {
      const claim = `${pod}-${name}`;
      for (const problem of dns1123SubdomainProblems(claim)) {
        errors.push(invalid(`${at}.name`, name, `PVC name ${JSON.stringify(claim)}: ${problem}`));
      }
    }
    errors.push(...(name === '' ? [required(`${at}.name`)] : problemsOf(`${at}.name`, name, dns1123LabelProblems(name))));
    if (names.has(name)) errors.push(duplicate(`${at}.name`, name));
    if (errors.length === 0) names.add(name);
    const { claimName = '' } = persistentVolumeClaim ?? {};
    if (claims.has(claimName)) {
      const why = 'must not reference a PVC that gets created for an ephemeral volume';
      errors.push(invalid(`${at}.persistentVolumeClaim.claimName`, claimName, why));
    }
    return errors;
  });
}

function validateSource(volume: Draft<Volume>, at: string): FieldError[] {
  const given = sourceNames.filter((name) => volume[name] !== undefined);
  const [first, ...others] = given;
  if (first === undefined) return [required(at, 'must specify a volume type')];
  const errors = validateOne(first, volume, at);
  const { iscsi, name = '' } = volume;
  if (iscsi?.initiatorName !== undefined && `${name}:${iscsi.targetPortal ?? ''}`.length > iscsiNameMax) {
    const why = `Total length of <volume name>:<iscsi.targetPortal> must be under ${iscsiNameMax} characters if iscsi.initiatorName is specified.`;
    errors.push(invalid(`${at}.name`, name, why));
  }
  return [
    ...errors,
    ...others.map((other) => forbidden(`${at}.${misspelt[other] ?? other}`, 'may not specify more than 1 volume type')),
  ];
}

function validateOne<K extends SourceName>(name: K, volume: Draft<Volume>, at: string): FieldError[] {
  const source = volume[name] as Draft<NonNullable<Volume[K]>>; // it is there
  return validators[name](source, `${at}.${name}`);
}
