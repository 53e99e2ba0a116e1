import { duplicate, type FieldError, forbidden, invalid, notSupported, required, tooLong } from '../errors/field-error.js';
import { type GoShape, goForm } from '../errors/go-form.js';
import type {
  AppArmorProfile,
  PodSecurityContext,
  PodSpec,
  SeccompProfile,
  SecurityContext,
  Sysctl,
} from '../generated/types.js';
import type { Draft } from '../objects.js';
import { between } from '../validation/check.js';
import { repeated } from '../validation/repeated.js';
import { descendingPath } from './paths.js';
import { validateWindowsOptions } from './validate-windows.js';
import { containersWithPaths } from './visit-containers.js';

const idMax = 2_147_483_647;
const profileTypes = ['Localhost', 'RuntimeDefault', 'Unconfined'];
const profileBytesMax = 4095;
const sysctlNameMax = 253;
const sysctlSegment = '[a-z0-9]([-_a-z0-9]*[a-z0-9])?';
const sysctlName = `^(${sysctlSegment}[\\./])*${sysctlSegment}$`;
const changePolicies = ['Always', 'OnRootMismatch'];
const groupsPolicies = ['Merge', 'Strict'];
/** MountOption needs a feature that Kubernetes 1.34 leaves off. */
const seLinuxPolicies = ['Recursive'];
const goProfile = { Type: '', LocalhostProfile: null } as const;
const goContext: GoShape = {
  Capabilities: { Add: null, Drop: null },
  Privileged: null,
  SELinuxOptions: { User: '', Role: '', Type: '', Level: '' },
  WindowsOptions: { GMSACredentialSpecName: null, GMSACredentialSpec: null, RunAsUserName: null, HostProcess: null },
  RunAsUser: null,
  RunAsGroup: null,
  RunAsNonRoot: null,
  ReadOnlyRootFilesystem: null,
  AllowPrivilegeEscalation: null,
  ProcMount: null,
  SeccompProfile: goProfile,
  AppArmorProfile: goProfile,
};

/** What a container may do on its node. @param hostUsers whether its users are the node's */
export function validateSecurityContext(
  context: Draft<SecurityContext> | undefined,
  field: string,
  hostUsers: boolean,
): FieldError[] {
  if (context === undefined) return [];
  const { procMount, privileged, allowPrivilegeEscalation: escalation, capabilities } = context;
  const errors = [
    ...between(`${field}.runAsUser`, context.runAsUser, 0, idMax),
    ...between(`${field}.runAsGroup`, context.runAsGroup, 0, idMax),
  ];
  if (procMount !== undefined) {
    const at = `${field}.procMount`;
    if (!['Default', 'Unmasked'].includes(procMount)) errors.push(notSupported(at, procMount, ['Default', 'Unmasked']));
    if (hostUsers && procMount === 'Unmasked') errors.push(invalid(at, procMount, '`hostUsers` must be false to use `Unmasked`'));
  }
  errors.push(...validateSeccomp(context.seccompProfile, `${field}.seccompProfile`));
  if (escalation === false) {
    const cannot = (what: string) =>
      invalid(field, goForm(context, goContext), `cannot set \`allowPrivilegeEscalation\` to false and ${what}`);
    if (privileged === true) errors.push(cannot('`privileged` to true'));
    if (capabilities?.add?.includes('CAP_SYS_ADMIN') === true) errors.push(cannot('`capabilities.Add` CAP_SYS_ADMIN'));
  }
  return [
    ...errors,
    ...validateWindowsOptions(context.windowsOptions, `${field}.windowsOptions`),
    ...validateAppArmor(context.appArmorProfile, `${field}.appArmorProfile`),
  ];
}

export function validatePodSecurityContext(
  context: Draft<PodSecurityContext> | undefined,
  spec: Draft<PodSpec>,
  field: string,
): FieldError[] {
  const { supplementalGroups = [], fsGroupChangePolicy, supplementalGroupsPolicy, seLinuxChangePolicy } = context ?? {};
  const share = spec.shareProcessNamespace === true && spec.hostPID === true;
  return [
    ...between(`${field}.fsGroup`, context?.fsGroup, 0, idMax),
    ...between(`${field}.runAsUser`, context?.runAsUser, 0, idMax),
    ...between(`${field}.runAsGroup`, context?.runAsGroup, 0, idMax),
    ...supplementalGroups.flatMap((group, index) => between(`${field}.supplementalGroups[${index}]`, group, 0, idMax)),
    ...(share
      ? [invalid(`${field}.shareProcessNamespace`, true, 'ShareProcessNamespace and HostPID cannot both be enabled')]
      : []),
    ...validateSysctls(context?.sysctls ?? [], spec, `${field}.sysctls`),
    ...known(`${field}.fsGroupChangePolicy`, fsGroupChangePolicy, changePolicies),
    ...validateSeccomp(context?.seccompProfile, `${field}.seccompProfile`),
    ...validateWindowsOptions(context?.windowsOptions, `${field}.windowsOptions`),
    ...validateAppArmor(context?.appArmorProfile, `${field}.appArmorProfile`),
    ...known(`${field}.supplementalGroupsPolicy`, supplementalGroupsPolicy, groupsPolicies),
    ...known(`${field}.seLinuxChangePolicy`, seLinuxChangePolicy, seLinuxPolicies),
  ];
}

function known(field: string, value: string | undefined, supported: readonly string[]): FieldError[] {
  return value === undefined || supported.includes(value) ? [] : [notSupported(field, value, supported)];
}

function validateSysctls(sysctls: readonly Draft<Sysctl>[], spec: Draft<PodSpec>, field: string): FieldError[] {
  const names = sysctls.map(({ name = '' }) => name.replaceAll('/', '.'));
  const repeats = repeated(sysctls.map(({ name }) => name));
  return sysctls.flatMap(({ name = '' }, index) => {
    const at = `${field}[${index}].name`;
    const errors: FieldError[] = [];
    const fits = name.length <= sysctlNameMax && new RegExp(sysctlName).test(name);
    if (name === '') errors.push(required(at));
    else if (!fits) errors.push(invalid(at, name, `must have at most ${sysctlNameMax} characters and match regex ${sysctlName}`));
    else if (repeats.has(index)) errors.push(duplicate(at, name));
    const dotted = names[index] ?? '';
    if (spec.hostNetwork === true && dotted.startsWith('net.')) {
      errors.push(invalid(at, name, "may not be specified when 'hostNetwork' is true"));
    } else if (spec.hostIPC === true && /^(kernel\.(sem$|shm|msg)|fs\.mqueue\.)/.test(dotted)) {
      errors.push(invalid(at, name, "may not be specified when 'hostIPC' is true"));
    }
    return errors;
  });
}

function validateSeccomp(profile: Draft<SeccompProfile> | undefined, field: string): FieldError[] {
  if (profile === undefined) return [];
  const { type = '', localhostProfile } = profile;
  const errors: FieldError[] = [];
  if (type === '') errors.push(required(`${field}.type`, 'type is required when seccompProfile is set'));
  else if (!profileTypes.includes(type)) errors.push(notSupported(`${field}.type`, type, profileTypes));
  const at = `${field}.localhostProfile`;
  if (type !== 'Localhost') {
    const why = 'can only be set when seccomp type is Localhost';
    return localhostProfile === undefined ? errors : [...errors, invalid(at, goForm(profile, goProfile), why)];
  }
  if (localhostProfile === undefined) return [...errors, required(at, 'must be set when seccomp type is Localhost')];
  return [...errors, ...descendingPath(localhostProfile, at)];
}

export function validateAppArmor(profile: Draft<AppArmorProfile> | undefined, field: string): FieldError[] {
  if (profile === undefined) return [];
  const { type = '', localhostProfile } = profile;
  const at = `${field}.localhostProfile`;
  const needed = 'must be set when AppArmor type is Localhost';
  if (type === '') return [required(`${field}.type`, 'type is required when appArmorProfile is set')];
  if (!profileTypes.includes(type)) return [notSupported(`${field}.type`, type, profileTypes)];
  if (type !== 'Localhost') {
    const why = 'can only be set when AppArmor type is Localhost';
    return localhostProfile === undefined ? [] : [invalid(at, localhostProfile, why)];
  }
  if (localhostProfile === undefined) return [required(at, needed)];
  const padded = localhostProfile.trim() !== localhostProfile;
  return [
    ...(padded ? [invalid(at, localhostProfile, 'must not be padded with whitespace')] : []),
    ...(localhostProfile === '' ? [required(at, needed)] : []),
    ...(localhostProfile.length > profileBytesMax ? [tooLong(at, profileBytesMax)] : []),
  ];
}

/** Users of a pod's own cannot be mixed with other namespaces of the node, nor with devices, which know the node's users. */
export function validateHostUsers(spec: Draft<PodSpec>, field: string): FieldError[] {
  if (spec.hostUsers !== false) return [];
  const why = 'when `hostUsers` is false';
  const names = { hostNetwork: 'hostNetwork', hostPID: 'HostPID', hostIPC: 'HostIPC' } as const;
  const shared = (Object.keys(names) as (keyof typeof names)[]).filter((name) => spec[name] === true);
  const devices = containersWithPaths(spec, field).filter(([{ volumeDevices = [] }]) => volumeDevices.length > 0);
  return [
    ...shared.map((name) => forbidden(`${field}.${names[name]}`, why)),
    ...devices.map(([, at]) => forbidden(`${at}.volumeDevices`, why)),
  ];
}
