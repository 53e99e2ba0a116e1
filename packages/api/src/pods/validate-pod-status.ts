import { duplicate, type FieldError, forbidden, invalid } from '../errors/field-error.js';
import type { ContainerStatus, Pod, PodStatus } from '../generated/types.js';
import type { Draft } from '../objects.js';
import { problemsOf } from '../validation/check.js';
import { isIpv4, validateIp } from '../validation/ip.js';
import { dns1123SubdomainProblems, qualifiedNameProblems } from '../validation/names.js';
import { immutable } from '../validation/object-meta.js';
import { validateMirror } from './validate-pod-update.js';

const ownConditions = ['PodScheduled', 'Ready', 'Initialized'];

/** What happened to a pod has happened: containers that have ended for good do not run again. */
export function validatePodStatusUpdate(pod: Draft<Pod>, old: Pod): FieldError[] {
  const status = pod.status ?? {};
  const before = old.status ?? {};
  const { nominatedNodeName: node = '', conditions = [] } = status;
  const sidecars = new Set(
    (old.spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always').map(({ name }) => name),
  );
  return [
    ...validateMirror(pod, old),
    ...conditions.flatMap(({ type = '' }, index) =>
      ownConditions.includes(type) ? [] : problemsOf(`metadata.conditions[${index}].Type`, type, qualifiedNameProblems(type)),
    ),
    ...(node === '' || node === before.nominatedNodeName
      ? []
      : problemsOf('status.nominatedNodeName', node, dns1123SubdomainProblems(node))),
    ...immutable('status.qosClass', status.qosClass, before.qosClass),
    ...validateEnds(status, before, 'containerStatuses', old.spec.restartPolicy, new Set()),
    ...validateEnds(status, before, 'initContainerStatuses', old.spec.restartPolicy, sidecars),
    ...validateEnds(status, before, 'ephemeralContainerStatuses', 'Never', new Set()),
    ...validateAddresses(status.podIPs ?? [], 'status.podIPs'),
    ...validateHostAddresses(status),
  ];
}

type Name = 'containerStatuses' | 'initContainerStatuses' | 'ephemeralContainerStatuses';

function validateEnds(
  now: Draft<PodStatus>,
  before: PodStatus,
  name: Name,
  restartPolicy: string | undefined,
  restartable: ReadonlySet<string>,
): FieldError[] {
  if (restartPolicy === 'Always') return [];
  return (before[name] ?? []).flatMap((old: ContainerStatus, index) => {
    const ended = old.state?.terminated;
    if (ended === undefined || restartable.has(old.name)) return [];
    if (ended.exitCode !== 0 && restartPolicy === 'OnFailure') return [];
    const revived = (now[name] ?? []).filter((one) => one.name === old.name && one.state?.terminated === undefined);
    const why = 'may not be transitioned to non-terminated state';
    return revived.map(() => forbidden(`status.${name}[${index}].state`, why));
  });
}

type Addresses = readonly { readonly ip?: string | undefined }[];

/** One of each family at most. */
function validateAddresses(addresses: Addresses, field: string): FieldError[] {
  const all = addresses.map(({ ip = '' }) => ip);
  const errors = all.flatMap((ip, index) => validateIp(`${field}[${index}]`, ip));
  if (all.length < 2) return errors;
  const families = new Set(all.map(isIpv4));
  if (families.size < 2 || all.length > 2) {
    errors.push(invalid(field, addresses, 'may specify no more than one IP for each IP family'));
  }
  return [
    ...errors,
    ...all.flatMap((ip, index) => (all.indexOf(ip) < index ? [duplicate(`${field}[${index}]`, addresses[index])] : [])),
  ];
}

function validateHostAddresses({ hostIP = '', hostIPs = [] }: Draft<PodStatus>): FieldError[] {
  const first = hostIPs[0]?.ip ?? '';
  if (hostIPs.length === 0) return [];
  return [
    ...(first === hostIP ? [] : [invalid('status.hostIPs[0].ip', first, 'must be equal to `hostIP`')]),
    ...validateAddresses(hostIPs, 'status.hostIPs'),
  ];
}
