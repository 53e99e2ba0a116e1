import type { ObjectMeta, Pod, PodSpec, PodTemplateSpec } from '../generated/types.js';
import { equalButEmptyLists } from '../json.js';
import type { Draft } from '../objects.js';
import { appArmorContainer, appArmorOf, seccompContainer, seccompPod } from '../pods/profile-annotations.js';
import { containersWithPaths } from '../pods/visit-containers.js';
import { dns1123LabelProblems } from '../validation/names.js';
import { repeated } from '../validation/repeated.js';
import { warnOfAddress } from './warn-of-address.js';
import { warnOfBytes, warnOfEnv, warnOfResources } from './warn-of-containers.js';
import { warnOfPorts } from './warn-of-ports.js';
import { warnOfNodes, warnOfPodAffinity } from './warn-of-scheduling.js';
import { warnOfVolumes } from './warn-of-volumes.js';

/** Annotations that nobody reads any more. */
const deprecatedAnnotations: readonly (readonly [string, string])[] = [
  ['scheduler.alpha.kubernetes.io/critical-pod', 'non-functional in v1.16+; use the "priorityClassName" field instead'],
  ['security.alpha.kubernetes.io/sysctls', 'non-functional in v1.11+; use the "sysctls" field instead'],
  ['security.alpha.kubernetes.io/unsafe-sysctls', 'non-functional in v1.11+; use the "sysctls" field instead'],
];

/** What whoever creates a pod is warned of. Updates are silent: mostly machines make them. */
export function warningsOfPod({ metadata = {}, spec = {} }: Draft<Pod>): string[] {
  const problems = dns1123LabelProblems(metadata.name ?? '');
  const surprising = "metadata.name: this is used in the Pod's hostname, which can result in surprising behavior";
  return [
    ...(problems.length === 0 ? [] : [`${surprising}; a DNS label is recommended: [${problems.join(' ')}]`]),
    ...warningsOfSpec(metadata, spec, 'metadata.annotations', 'spec'),
  ];
}

/** @param field the path of the template */
export function warningsOfTemplate({ metadata = {}, spec = {} }: Draft<PodTemplateSpec>, field: string): string[] {
  const at = `${field}.metadata.annotations`;
  return [...warningsOfSpec(metadata, spec, at, `${field}.spec`), ...warnOfAppArmor(metadata, spec, at)];
}

function warningsOfSpec(
  { annotations = {} }: Draft<ObjectMeta>,
  spec: Draft<PodSpec>,
  atAnnotations: string,
  at: string,
): string[] {
  const containers = containersWithPaths(spec, at);
  const seconds = spec.terminationGracePeriodSeconds ?? 0;
  const seccomp = (key: string, profile: object | undefined) =>
    profile !== undefined || annotations[key] === undefined
      ? []
      : [`${atAnnotations}[${key}]: non-functional in v1.27+; use the "seccompProfile" field instead`];
  return [
    ...warnOfNodes(spec, at),
    ...deprecatedAnnotations.flatMap(([key, message]) =>
      annotations[key] === undefined ? [] : [`${atAnnotations}[${key}]: ${message}`],
    ),
    ...warnOfVolumes(spec.volumes ?? [], `${at}.volumes`),
    ...warnOfRepeats(spec, at),
    ...warnOfBytes(spec.overhead, `${at}.overhead`),
    ...seccomp(seccompPod, spec.securityContext?.seccompProfile),
    ...containers.flatMap(([container, path]) => [
      ...seccomp(`${seccompContainer}${container.name ?? ''}`, container.securityContext?.seccompProfile),
      ...warnOfResources(container, path),
      ...warnOfEnv(container.env ?? [], `${path}.env`),
    ]),
    ...warnOfPorts(containers),
    ...(seconds < 0
      ? [`${at}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1`]
      : []),
    ...warnOfPodAffinity(spec, at),
    ...(spec.dnsConfig?.nameservers ?? []).flatMap((ip, index) => warnOfAddress(ip, `${at}.dnsConfig.nameservers[${index}]`)),
    ...(spec.hostAliases ?? []).flatMap(({ ip = '' }, index) => warnOfAddress(ip, `${at}.hostAliases[${index}].ip`)),
  ];
}

function warnOfRepeats({ hostAliases = [], imagePullSecrets = [] }: Draft<PodSpec>, at: string): string[] {
  const [addresses, names] = [hostAliases.map(({ ip = '' }) => ip), imagePullSecrets.map(({ name = '' }) => name)];
  return [
    ...[...repeated(addresses)].map(
      (index) => `${at}.hostAliases[${index}].ip: duplicate ip ${JSON.stringify(addresses[index])}`,
    ),
    ...[...repeated(names)].map(
      (index) => `${at}.imagePullSecrets[${index}].name: duplicate name ${JSON.stringify(names[index])}`,
    ),
    ...names.flatMap((name, index) => (name === '' ? [`${at}.imagePullSecrets[${index}].name: invalid empty name ""`] : [])),
  ];
}

/** Only where the field of the whole pod does not say the same. */
function warnOfAppArmor({ annotations = {} }: Draft<ObjectMeta>, spec: Draft<PodSpec>, at: string): string[] {
  const ofPod = spec.securityContext?.appArmorProfile;
  return containersWithPaths(spec, '').flatMap(([{ name = '', securityContext }]) => {
    const key = `${appArmorContainer}${name}`;
    const annotation = annotations[key];
    if (annotation === undefined || securityContext?.appArmorProfile !== undefined) return [];
    if (ofPod !== undefined && equalButEmptyLists(ofPod, appArmorOf(annotation))) return [];
    return [`${at}[${key}]: deprecated since v1.30; use the "appArmorProfile" field instead`];
  });
}
