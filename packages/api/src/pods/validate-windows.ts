import { type FieldError, forbidden, invalid } from '../errors/field-error.js';
import type { PodSpec, WindowsSecurityContextOptions } from '../generated/types.js';
import type { Draft } from '../objects.js';
import { problemsOf } from '../validation/check.js';
import { dns1123SubdomainProblems } from '../validation/names.js';
import { containersWithPaths } from './visit-containers.js';

const credentialKibMax = 64;
const domainMax = 256;
const userMax = 104;
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is what they are looked for with
const control = /[\u0000-\u001f\u007f]/;
const netBios = /^[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}$/;
const dnsLabel = '[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?';
const dnsDomain = new RegExp(`^${dnsLabel}(?:\\.${dnsLabel})*$`);

type Options = Draft<WindowsSecurityContextOptions>;

export function validateWindowsOptions(options: Options | undefined, field: string): FieldError[] {
  const { gmsaCredentialSpecName: name, gmsaCredentialSpec: credential, runAsUserName: user } = options ?? {};
  const at = `${field}.gmsaCredentialSpec`;
  const tooLarge = credential !== undefined && credential.length > credentialKibMax * 1024;
  return [
    ...(name === undefined ? [] : problemsOf(`${field}.gmsaCredentialSpecName`, name, dns1123SubdomainProblems(name))),
    ...(credential === '' ? [invalid(at, credential, 'gmsaCredentialSpec cannot be an empty string')] : []),
    ...(tooLarge ? [invalid(at, credential, `gmsaCredentialSpec size must be under ${credentialKibMax} KiB`)] : []),
    ...(user === undefined
      ? []
      : userNameProblems(user).map((problem) => invalid(`${field}.runAsUserName`, user, `runAsUserName${problem}`))),
  ];
}

function userNameProblems(name: string): string[] {
  if (name === '') return [' cannot be an empty string'];
  if (control.test(name)) return [' cannot contain control characters'];
  const parts = name.split('\\');
  if (parts.length > 2) return [' cannot contain more than one backslash'];
  const [domain, user = ''] = parts.length === 1 ? [undefined, name] : parts;
  const problems: string[] = [];
  if (domain !== undefined) {
    if (domain.length >= domainMax) problems.push(`'s Domain length must be under ${domainMax} characters`);
    if (!netBios.test(domain) && !dnsDomain.test(domain)) {
      problems.push("'s Domain doesn't match the NetBios nor the DNS format");
    }
  }
  if (user === '') problems.push("'s User cannot be empty");
  if (user.length > userMax) problems.push(`'s User length must not be longer than ${userMax} characters`);
  if (/^[. ]+$/.test(user)) problems.push("'s User cannot contain only periods or spaces");
  if (/["/\\:;|=,+*?<>@[\]]/.test(user)) {
    problems.push('\'s User cannot contain the following characters: "/\\:;|=,+*?<>@[]');
  }
  return problems;
}

/** Containers that are processes of a Windows host: all of them or none, and on its network. */
export function validateHostProcess(spec: Draft<PodSpec>, field: string): FieldError[] {
  const ofPod = spec.securityContext?.windowsOptions?.hostProcess;
  const all = containersWithPaths(spec, field);
  const errors = all.flatMap(([{ securityContext }, at]) => {
    const own = securityContext?.windowsOptions?.hostProcess;
    if (ofPod === undefined || own === undefined || own === ofPod) return [];
    const why = `pod hostProcess value must be identical if both are specified, was ${ofPod}`;
    return [invalid(`${at}.securityContext.windowsOptions.hostProcess`, own, why)];
  });
  const count = all.filter(([{ securityContext }]) => securityContext?.windowsOptions?.hostProcess ?? ofPod).length;
  if (count === 0) return errors;
  if (count !== all.length) {
    const why = 'If pod contains any hostProcess containers then all containers must be HostProcess containers';
    errors.push(invalid(field, '', why));
  }
  if (spec.hostNetwork !== true) {
    errors.push(invalid(`${field}.hostNetwork`, false, 'hostNetwork must be true if pod contains any hostProcess containers'));
  }
  return errors;
}

/** In the order in which Kubernetes complains; `context` is what lies in the pod's security context. */
const foreignToPods = [
  ['context', 'appArmorProfile'],
  ['context', 'seLinuxOptions'],
  ['spec', 'hostUsers'],
  ['spec', 'hostPID'],
  ['spec', 'hostIPC'],
  ['context', 'seccompProfile'],
  ['context', 'fsGroup'],
  ['context', 'fsGroupChangePolicy'],
  ['context', 'sysctls'],
  ['spec', 'shareProcessNamespace'],
  ['context', 'runAsUser'],
  ['context', 'runAsGroup'],
  ['context', 'supplementalGroups'],
  ['context', 'supplementalGroupsPolicy'],
  ['context', 'seLinuxChangePolicy'],
] as const;
const foreignToContainers = [
  'appArmorProfile',
  'seLinuxOptions',
  'seccompProfile',
  'capabilities',
  'readOnlyRootFilesystem',
  'privileged',
  'allowPrivilegeEscalation',
  'procMount',
  'runAsUser',
  'runAsGroup',
] as const;

/** What only the other operating system understands. */
export function validateForOs(spec: Draft<PodSpec>, field: string): FieldError[] {
  const { securityContext: context } = spec;
  const containers = containersWithPaths(spec, field);
  if (spec.os?.name === 'linux') {
    const why = 'windows options cannot be set for a linux pod';
    return [
      ...(context?.windowsOptions === undefined ? [] : [forbidden(`${field}.securityContext.windowsOptions`, why)]),
      ...containers.flatMap(([{ securityContext }, at]) =>
        securityContext?.windowsOptions === undefined ? [] : [forbidden(`${at}.securityContext.windowsOptions`, why)],
      ),
    ];
  }
  const why = 'cannot be set for a windows pod';
  return [
    ...foreignToPods.flatMap((member) => {
      const [value, at] =
        member[0] === 'spec'
          ? [spec[member[1]], `${field}.${member[1]}`]
          : [context?.[member[1]], `${field}.securityContext.${member[1]}`];
      const off = value === false && (member[1] === 'hostPID' || member[1] === 'hostIPC');
      const empty = member[1] === 'sysctls' && context?.sysctls?.length === 0;
      return value === undefined || off || empty ? [] : [forbidden(at, why)];
    }),
    ...containers.flatMap(([{ securityContext }, at]) =>
      foreignToContainers
        .filter((name) => securityContext?.[name] !== undefined)
        .map((name) => forbidden(`${at}.securityContext.${name}`, why)),
    ),
  ];
}
