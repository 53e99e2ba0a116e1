import type { Definition } from '../definition.js';
import type { GroupResource } from '../objects.js';
import { validatingAdmissionPolicies } from './admissionregistration/validating-admission-policy.js';
import { validatingAdmissionPolicyBindings } from './admissionregistration/validating-admission-policy-binding.js';
import {
  mutatingWebhookConfigurations,
  validatingWebhookConfigurations,
} from './admissionregistration/webhook-configurations.js';
import { customResourceDefinitions } from './apiextensions/custom-resource-definition.js';
import { apiServices } from './apiregistration/api-service.js';
import { controllerRevisions } from './apps/controller-revision.js';
import { daemonSets } from './apps/daemon-set.js';
import { deployments } from './apps/deployment.js';
import { replicaSets } from './apps/replica-set.js';
import { statefulSets } from './apps/stateful-set.js';
import { horizontalPodAutoscalers } from './autoscaling/horizontal-pod-autoscaler.js';
import { horizontalPodAutoscalersV1 } from './autoscaling/horizontal-pod-autoscaler-v1.js';
import { cronJobs } from './batch/cron-job.js';
import { jobs } from './batch/job.js';
import { certificateSigningRequests } from './certificates/certificate-signing-request.js';
import { leases } from './coordination/lease.js';
import { bindings } from './core/binding.js';
import { componentStatuses } from './core/component-status.js';
import { configMaps } from './core/config-map.js';
import { endpoints } from './core/endpoints.js';
import { events } from './core/event.js';
import { limitRanges } from './core/limit-range.js';
import { namespaces } from './core/namespace.js';
import { nodes } from './core/node.js';
import { persistentVolumes } from './core/persistent-volume.js';
import { persistentVolumeClaims } from './core/persistent-volume-claim.js';
import { pods } from './core/pod.js';
import { podTemplates } from './core/pod-template.js';
import { replicationControllers } from './core/replication-controller.js';
import { resourceQuotas } from './core/resource-quota.js';
import { secrets } from './core/secret.js';
import { services } from './core/service.js';
import { serviceAccounts } from './core/service-account.js';
import { endpointSlices } from './discovery/endpoint-slice.js';
import { eventsV1 } from './events/event.js';
import { flowSchemas } from './flowcontrol/flow-schema.js';
import { priorityLevelConfigurations } from './flowcontrol/priority-level-configuration.js';
import { ingresses } from './networking/ingress.js';
import { ingressClasses } from './networking/ingress-class.js';
import { ipAddresses } from './networking/ip-address.js';
import { networkPolicies } from './networking/network-policy.js';
import { serviceCidrs } from './networking/service-cidr.js';
import { runtimeClasses } from './node/runtime-class.js';
import { podDisruptionBudgets } from './policy/pod-disruption-budget.js';
import { clusterRoleBindings, clusterRoles, roleBindings, roles } from './rbac/roles.js';
import { priorityClasses } from './scheduling/priority-class.js';
import { csiDrivers } from './storage/csi-driver.js';
import { csiNodes } from './storage/csi-node.js';
import { csiStorageCapacities } from './storage/csi-storage-capacity.js';
import { storageClasses } from './storage/storage-class.js';
import { volumeAttachments } from './storage/volume-attachment.js';
import { volumeAttributesClasses } from './storage/volume-attributes-class.js';

/** Every built-in kind, by the name that programs use: `kinds.pods`. This is the list to add a kind to. */
export const kinds = {
  bindings,
  componentStatuses,
  configMaps,
  endpoints,
  events,
  limitRanges,
  namespaces,
  nodes,
  persistentVolumeClaims,
  persistentVolumes,
  pods,
  podTemplates,
  replicationControllers,
  resourceQuotas,
  secrets,
  serviceAccounts,
  services,
  controllerRevisions,
  daemonSets,
  deployments,
  replicaSets,
  statefulSets,
  horizontalPodAutoscalers,
  horizontalPodAutoscalersV1,
  cronJobs,
  jobs,
  certificateSigningRequests,
  apiServices,
  customResourceDefinitions,
  leases,
  endpointSlices,
  eventsV1,
  ingressClasses,
  ingresses,
  ipAddresses,
  networkPolicies,
  serviceCidrs,
  runtimeClasses,
  podDisruptionBudgets,
  clusterRoleBindings,
  clusterRoles,
  roleBindings,
  roles,
  priorityClasses,
  csiDrivers,
  csiNodes,
  csiStorageCapacities,
  storageClasses,
  volumeAttachments,
  volumeAttributesClasses,
  mutatingWebhookConfigurations,
  validatingAdmissionPolicies,
  validatingAdmissionPolicyBindings,
  validatingWebhookConfigurations,
  flowSchemas,
  priorityLevelConfigurations,
} as const;

/** In the order in which discovery and OpenAPI tell of them: of two versions of a group, the preferred one first. */
export const definitions: readonly Definition[] = Object.values(kinds);

/** What a group's owner, reference or URL names, among `all`: in the preferred version, where there are several. */
export function definitionOf(
  { group, resource }: GroupResource,
  all: readonly Definition[] = definitions,
): Definition | undefined {
  return all.find((definition) => definition.group === group && definition.plural === resource);
}

/** By what an object says of itself. */
export function definitionOfKind(
  object: { readonly apiVersion: string; readonly kind: string },
  all: readonly Definition[] = definitions,
): Definition | undefined {
  return all.find(
    ({ group, version, kind }) => kind === object.kind && (group === '' ? version : `${group}/${version}`) === object.apiVersion,
  );
}
