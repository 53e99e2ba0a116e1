import { duplicate, type FieldError, forbidden, invalid, required } from '../errors/field-error.js';
import type { Volume } from '../generated/types.js';
import type { Draft } from '../objects.js';
import { problemsOf } from '../validation/check.js';
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

const iscsiNameMax = 64;

/** Image volumes belong to a feature that Kubernetes 1.34 leaves off: they do not get here. */
type SourceName = Exclude<keyof Volume, 'name' | 'image'>;
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
};

const sourceNames = Object.keys(validators) as SourceName[]; // the table has no other keys

/** The name in the path that tells of one type too many is spelt as Kubernetes spells it. */
const misspelt: Partial<Record<SourceName, string>> = { cephfs: 'cephFS', downwardAPI: 'downwarAPI' };

interface ValidatedVolumes {
  readonly errors: readonly FieldError[];
  /** By name: containers can mount no others. */
  readonly valid: ReadonlyMap<string, Draft<Volume>>;
}

/** @param pod the name of a real pod: ephemeral volumes make claims that are named after it */
export function validateVolumes(volumes: readonly Draft<Volume>[], field: string, pod = ''): ValidatedVolumes {
  const valid = new Map<string, Draft<Volume>>();
  const claims = new Set(
    volumes.flatMap(({ name, ephemeral }) => (pod !== '' && ephemeral !== undefined ? [`${pod}-${name}`] : [])),
  );
  const errors = volumes.flatMap((volume, index) => {
    const at = `${field}[${index}]`;
    const { name = '', persistentVolumeClaim } = volume;
    const own = [
      ...validateSource(volume, at, pod),
      ...(name === '' ? [required(`${at}.name`)] : problemsOf(`${at}.name`, name, dns1123LabelProblems(name))),
      ...(valid.has(name) ? [duplicate(`${at}.name`, name)] : []),
    ];
    if (own.length === 0) valid.set(name, volume);
    const { claimName = '' } = persistentVolumeClaim ?? {};
    if (!claims.has(claimName)) return own;
    const why = 'must not reference a PVC that gets created for an ephemeral volume';
    return [...own, invalid(`${at}.persistentVolumeClaim.claimName`, claimName, why)];
  });
  return { errors, valid };
}

function validateSource(volume: Draft<Volume>, at: string, pod: string): FieldError[] {
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
    ...(first === 'ephemeral' && pod !== '' && name !== '' ? validateClaimName(name, pod, `${at}.name`) : []),
    ...others.map((other) => forbidden(`${at}.${misspelt[other] ?? other}`, 'may not specify more than 1 volume type')),
  ];
}

function validateClaimName(name: string, pod: string, field: string): FieldError[] {
  const claim = `${pod}-${name}`;
  return dns1123SubdomainProblems(claim).map((problem) => invalid(field, name, `PVC name ${JSON.stringify(claim)}: ${problem}`));
}

function validateOne<K extends SourceName>(name: K, volume: Draft<Volume>, at: string): FieldError[] {
  const source = volume[name] as Draft<NonNullable<Volume[K]>>; // it is there
  return validators[name](source, `${at}.${name}`);
}
