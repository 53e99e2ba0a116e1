import type {
  PersistentVolumeClaim,
  Pod,
  PodAffinityTerm,
  ResourceQuotaSpec,
  ScopedResourceSelectorRequirement,
} from '../generated/types.js';
import type { Draft, GroupResource, KubernetesObject } from '../objects.js';
import { qosClassOf } from '../pods/pod-strategy.js';

type Requirement = Pick<ScopedResourceSelectorRequirement, 'scopeName' | 'operator' | 'values'>;

/** Whether an object is among those that the scopes of a quota are about. */
export function inQuotaScopes(
  { scopes = [], scopeSelector }: ResourceQuotaSpec,
  { group, resource }: GroupResource,
  object: Draft<KubernetesObject>,
): boolean {
  const requirements: readonly Requirement[] = [
    ...scopes.map((scopeName) => ({ scopeName, operator: 'Exists' })),
    ...(scopeSelector?.matchExpressions ?? []),
  ];
  // Of the other resources nothing is in any scope. The resource says what the object is.
  const matches = (requirement: Requirement): boolean => {
    if (group !== '') return false;
    if (resource === 'pods') return podMatches(requirement, object as Draft<Pod>);
    return resource === 'persistentvolumeclaims' && claimMatches(requirement, object as Draft<PersistentVolumeClaim>);
  };
  return requirements.every(matches);
}

function podMatches(requirement: Requirement, { spec = {} }: Draft<Pod>): boolean {
  switch (requirement.scopeName) {
    case 'Terminating':
      return spec.activeDeadlineSeconds !== undefined;
    case 'NotTerminating':
      return spec.activeDeadlineSeconds === undefined;
    case 'BestEffort':
      return qosClassOf(spec) === 'BestEffort';
    case 'NotBestEffort':
      return qosClassOf(spec) !== 'BestEffort';
    case 'PriorityClass':
      return nameMatches(requirement, spec.priorityClassName);
    case 'CrossNamespacePodAffinity':
      return affinityTerms(spec).some(
        ({ namespaces = [], namespaceSelector }) => namespaces.length > 0 || namespaceSelector !== undefined,
      );
    default:
      return false;
  }
}

function affinityTerms({ affinity }: NonNullable<Draft<Pod>['spec']>): readonly Draft<PodAffinityTerm>[] {
  return [affinity?.podAffinity, affinity?.podAntiAffinity].flatMap((part) => [
    ...(part?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
    ...(part?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(({ podAffinityTerm = {} }) => podAffinityTerm),
  ]);
}

/** A claim that changes its class counts for every class that it names. */
function claimMatches(requirement: Requirement, { spec, status }: Draft<PersistentVolumeClaim>): boolean {
  if (requirement.scopeName !== 'VolumeAttributesClass') return false;
  const names = [
    spec?.volumeAttributesClassName,
    status?.currentVolumeAttributesClassName,
    status?.modifyVolumeStatus?.targetVolumeAttributesClassName,
  ].filter((name) => (name ?? '') !== '');
  return names.length === 0 ? nameMatches(requirement, '') : names.some((name) => nameMatches(requirement, name));
}

function nameMatches({ operator, values = [] }: Requirement, name = ''): boolean {
  if (operator === 'Exists') return name !== '';
  if (operator === 'DoesNotExist') return name === '';
  const listed = name !== '' && values.includes(name);
  return operator === 'In' ? listed : !listed;
}
