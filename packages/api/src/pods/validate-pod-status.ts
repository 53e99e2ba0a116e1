import { duplicate, type FieldError, invalid } from '../errors/field-error.js';
import { goForm } from '../errors/go-form.js';
import type { Pod, PodCondition, PodResourceClaimStatus, PodSpec, PodStatus } from '../generated/types.js';
import type { Draft } from '../objects.js';
import { problemsOf } from '../validation/check.js';
import { isIpv4, validateIp } from '../validation/ip.js';
import { dns1123SubdomainProblems, qualifiedNameProblems } from '../validation/names.js';
import { immutable } from '../validation/object-meta.js';
import { repeated } from '../validation/repeated.js';
import { validateAllUsers, validateEnds } from './validate-container-status.js';
import { validatePodAnnotations } from './validate-pod.js';
import { validateAnnotationUpdates } from './validate-pod-update.js';

const ownConditions = ['PodScheduled', 'Ready', 'Initialized'];

/** What happened to a pod has happened. */
export function validatePodStatusUpdate(pod: Draft<Pod>, old: Pod): FieldError[] {
  const status = pod.status ?? {};
  const before = old.status ?? {};
  const { nominatedNodeName: node = '' } = status;
  return [
    ...validateAnnotationUpdates(pod, old),
    ...validatePodAnnotations(pod.metadata ?? {}, pod.spec ?? {}, 'metadata.annotations'),
    ...validateConditions(status.conditions ?? [], 'status.conditions'),
    ...(node === '' || node === before.nominatedNodeName
      ? []
      : problemsOf('status.nominatedNodeName', node, dns1123SubdomainProblems(node))),
    ...validateObserved(status.observedGeneration, 'status'),
    ...immutable('status.qosClass', status.qosClass, before.qosClass),
    ...validateEnds(status, before, old.spec),
    ...validateClaims(status.resourceClaimStatuses ?? [], old.spec, 'status.resourceClaimStatuses'),
    ...validateAddresses(status.podIPs ?? [], 'status.podIPs'),
    ...validateHostAddresses(status),
    ...validateAllUsers(status, old.spec),
  ];
}

function validateConditions(conditions: readonly Draft<PodCondition>[], field: string): FieldError[] {
  return conditions.flatMap(({ type = '', observedGeneration }, index) => [
    ...validateObserved(observedGeneration, `${field}[${index}]`),
    ...(ownConditions.includes(type) ? [] : problemsOf(`${field}[${index}].Type`, type, qualifiedNameProblems(type))),
  ]);
}

function validateObserved(generation: number | undefined, at: string): FieldError[] {
  if (generation === undefined || generation >= 0) return [];
  return [invalid(`${at}.observedGeneration`, generation, 'must be a non-negative integer')];
}

function validateClaims(
  statuses: readonly Draft<PodResourceClaimStatus>[],
  { resourceClaims = [] }: PodSpec,
  field: string,
): FieldError[] {
  const repeats = repeated(statuses.map(({ name = '' }) => name));
  const known = new Set(resourceClaims.map(({ name }) => name));
  return statuses.flatMap(({ name = '', resourceClaimName: claim }, index) => {
    const at = `${field}[${index}].name`;
    return [
      ...(known.has(name) ? [] : [invalid(at, name, 'must match the name of an entry in `spec.resourceClaims`')]),
      ...(repeats.has(index) ? [duplicate(at, name)] : []),
      ...(claim === undefined ? [] : problemsOf(at, claim, dns1123SubdomainProblems(claim))),
    ];
  });
}

type Addresses = readonly { readonly ip?: string | undefined }[];

/** One of each family at most. */
function validateAddresses(addresses: Addresses, field: string): FieldError[] {
  const all = addresses.map(({ ip = '' }) => ip);
  const errors = all.flatMap((ip, index) => validateIp(`${field}[${index}]`, ip));
  const fits = all.length < 2 || (all.length === 2 && new Set(all.map(isIpv4)).size === 2);
  const why = 'may specify no more than one IP for each IP family';
  return fits ? errors : [...errors, invalid(field, goForm(addresses, { IP: '' }), why)];
}

function validateHostAddresses({ hostIP = '', hostIPs = [] }: Draft<PodStatus>): FieldError[] {
  const first = hostIPs[0]?.ip ?? '';
  if (hostIPs.length === 0) return [];
  return [
    ...(first === hostIP ? [] : [invalid('status.hostIPs[0].ip', first, 'must be equal to `hostIP`')]),
    ...validateAddresses(hostIPs, 'status.hostIPs'),
  ];
}
