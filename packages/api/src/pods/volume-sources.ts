import { type FieldError, invalid, notSupported, required } from '../errors/field-error.js';
import type {
  AWSElasticBlockStoreVolumeSource,
  AzureDiskVolumeSource,
  FCVolumeSource,
  FlexVolumeSource,
  FlockerVolumeSource,
  HostPathVolumeSource,
  ISCSIVolumeSource,
  NFSVolumeSource,
  QuobyteVolumeSource,
  StorageOSVolumeSource,
} from '../generated/types.js';
import type { Draft } from '../objects.js';
import { between, problemsOf } from '../validation/check.js';
import { dns1123LabelProblems } from '../validation/names.js';
import { noBacksteps } from './paths.js';

/** What volumes of pods and persistent volumes have in common: where the data lies. `at`: the path of the source. */

/** Members that must be there and not be empty. */
export function needs<T extends object>(source: T, at: string, ...names: readonly (keyof T & string)[]): FieldError[] {
  return names.flatMap((name) => {
    const value: unknown = source[name];
    const missing = value === undefined || value === '' || (Array.isArray(value) && value.length === 0);
    return missing ? [required(`${at}.${name}`)] : [];
  });
}

const hostPathTypes = ['', 'BlockDevice', 'CharDevice', 'Directory', 'DirectoryOrCreate', 'File', 'FileOrCreate', 'Socket'];

export function validateHostPath({ path = '', type }: Draft<HostPathVolumeSource>, at: string): FieldError[] {
  if (path === '') return [required(`${at}.path`)];
  return [
    ...noBacksteps(path, `${at}.path`),
    ...(type === undefined || hostPathTypes.includes(type) ? [] : [notSupported(`${at}.type`, type, hostPathTypes)]),
  ];
}

/** @param name the member that names the disk */
export function validatePartition<T extends Draft<Pick<AWSElasticBlockStoreVolumeSource, 'partition'>>>(
  source: T,
  at: string,
  name: keyof T & string,
): FieldError[] {
  const { partition = 0 } = source;
  const outside = partition < 0 || partition > 255;
  return [
    ...needs(source, at, name),
    ...(outside ? [invalid(`${at}.partition`, partition, 'must be between 1 and 255, inclusive')] : []),
  ];
}

export function validateNfs(source: Draft<NFSVolumeSource>, at: string): FieldError[] {
  const { path = '' } = source;
  const absolute = path.startsWith('/');
  return [...needs(source, at, 'server', 'path'), ...(absolute ? [] : [invalid(`${at}.path`, path, 'must be an absolute path')])];
}

const qualifiedNames: readonly (readonly [string, RegExp])[] = [
  ['iqn', /iqn\.\d{4}-\d{2}\.([A-Za-z0-9.-]+)(:[^,;*&$|\s]+)$/],
  ['eui', /^eui.[A-Za-z0-9]{16}$/],
  ['naa', /^naa.[A-Za-z0-9]{32}$/],
];

export function validateIscsi(source: Draft<ISCSIVolumeSource>, at: string): FieldError[] {
  const { iqn = '', lun = 0, chapAuthDiscovery, chapAuthSession, initiatorName } = source;
  const secret = chapAuthDiscovery === true || chapAuthSession === true;
  return [
    ...needs(source, at, 'targetPortal'),
    ...(iqn === '' ? [required(`${at}.iqn`)] : validateQualifiedName(iqn, `${at}.iqn`)),
    ...between(`${at}.lun`, lun, 0, 255),
    ...(secret && source.secretRef === undefined ? [required(`${at}.secretRef`)] : []),
    ...(initiatorName === undefined ? [] : validateQualifiedName(initiatorName, `${at}.initiatorname`)),
  ];
}

function validateQualifiedName(name: string, field: string): FieldError[] {
  const form = qualifiedNames.find(([prefix]) => name.startsWith(prefix));
  if (form === undefined) return [invalid(field, name, 'must be valid format starting with iqn, eui, or naa')];
  return form[1].test(name) ? [] : [invalid(field, name, 'must be valid format')];
}

export function validateFc({ targetWWNs = [], wwids = [], lun }: Draft<FCVolumeSource>, at: string): FieldError[] {
  const field = `${at}.targetWWNs`;
  const errors: FieldError[] = [];
  if (targetWWNs.length + wwids.length === 0) {
    errors.push(required(field, 'must specify either targetWWNs or wwids, but not both'));
  }
  if (targetWWNs.length > 0 && wwids.length > 0) {
    errors.push(invalid(field, targetWWNs, 'targetWWNs and wwids can not be specified simultaneously'));
  }
  if (targetWWNs.length === 0) return errors;
  if (lun === undefined) return [...errors, required(`${at}.lun`, 'lun is required if targetWWNs is specified')];
  return [...errors, ...between(`${at}.lun`, lun, 0, 255)];
}

export function validateFlocker({ datasetName = '', datasetUUID = '' }: Draft<FlockerVolumeSource>, at: string): FieldError[] {
  const errors: FieldError[] = [];
  if (datasetName === '' && datasetUUID === '') errors.push(required(at, 'one of datasetName and datasetUUID is required'));
  if (datasetName !== '' && datasetUUID !== '') {
    errors.push(invalid(at, 'resource', 'datasetName and datasetUUID can not be specified simultaneously'));
  }
  if (datasetName.includes('/')) errors.push(invalid(`${at}.datasetName`, datasetName, "must not contain '/'"));
  return errors;
}

export function validateQuobyte(source: Draft<QuobyteVolumeSource>, at: string): FieldError[] {
  const { registry = '', tenant = '' } = source;
  const form = 'must be a host:port pair or multiple pairs separated by commas';
  const errors: FieldError[] = [];
  if (registry === '') errors.push(required(`${at}.registry`, form));
  else if (tenant.length > 64) {
    errors.push(required(`${at}.tenant`, 'must be a UUID and may not exceed a length of 64 characters'));
  } else {
    const bad = registry.split(',').filter((pair) => !/^(\[[^[\]]*\]|[^:[\]]*):[^:]*$/.test(pair));
    errors.push(...bad.map(() => invalid(`${at}.registry`, registry, form)));
  }
  return [...errors, ...needs(source, at, 'volume')];
}

/** The options of a driver are its own, but for names that Kubernetes keeps for itself. */
export function validateFlex({ driver = '', options = {} }: Draft<FlexVolumeSource>, at: string): FieldError[] {
  return [
    ...(driver === '' ? [required(`${at}.driver`)] : []),
    ...Object.keys(options).flatMap((key) => {
      const domain = `.${key.split('/')[0]?.toLowerCase() ?? ''}`;
      const reserved = domain.endsWith('.kubernetes.io') || domain.endsWith('.k8s.io');
      const why = 'kubernetes.io and k8s.io namespaces are reserved';
      return reserved ? [invalid(`${at}.options[${key}]`, key, why)] : [];
    }),
  ];
}

const cachingModes = ['None', 'ReadOnly', 'ReadWrite'];
const diskKinds = ['Dedicated', 'Managed', 'Shared'];
const managedUri = '/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}';
const blobUri = 'https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd';

export function validateAzureDisk(source: Draft<AzureDiskVolumeSource>, at: string): FieldError[] {
  const { cachingMode, kind, diskURI = '' } = source;
  const errors = needs(source, at, 'diskName', 'diskURI');
  if (cachingMode !== undefined && !cachingModes.includes(cachingMode)) {
    errors.push(notSupported(`${at}.cachingMode`, cachingMode, cachingModes));
  }
  if (kind === undefined) return errors;
  if (!diskKinds.includes(kind)) errors.push(notSupported(`${at}.kind`, kind, diskKinds));
  const [prefix, form] = kind === 'Managed' ? ['/subscriptions/', managedUri] : ['https://', blobUri];
  return diskURI.startsWith(prefix) ? errors : [...errors, notSupported(`${at}.diskURI`, diskURI, [form])];
}

export function validateStorageOs(
  { volumeName = '', volumeNamespace = '' }: Draft<Pick<StorageOSVolumeSource, 'volumeName' | 'volumeNamespace'>>,
  at: string,
): FieldError[] {
  return [
    ...(volumeName === ''
      ? [required(`${at}.volumeName`)]
      : problemsOf(`${at}.volumeName`, volumeName, dns1123LabelProblems(volumeName))),
    ...(volumeNamespace === ''
      ? []
      : problemsOf(`${at}.volumeNamespace`, volumeNamespace, dns1123LabelProblems(volumeNamespace))),
  ];
}
