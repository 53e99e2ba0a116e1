/** How patches and server-side apply treat one list (or, for `retainKeys`, one struct) of a model. */
export interface ListRule {
  /** Strategic merge patch: what merging does; lists without a rule are replaced. */
  readonly patchStrategy?: 'merge' | 'replace' | 'retainKeys' | 'merge,retainKeys';
  /** The member that tells the items of a merged list apart; a merged list without one holds scalars. */
  readonly patchMergeKey?: string;
  /** Server-side apply: one owner for all of it, or one for each item. */
  readonly listType?: 'atomic' | 'set' | 'map';
  readonly listMapKeys?: readonly string[];
}

const byKey = (key: string, ...listMapKeys: readonly string[]): ListRule => ({
  patchStrategy: 'merge',
  patchMergeKey: key,
  listType: 'map',
  listMapKeys: listMapKeys.length > 0 ? listMapKeys : [key],
});
/** Merged by patches, but never made a map for server-side apply. */
const patchedByKey = (key: string): ListRule => ({ patchStrategy: 'merge', patchMergeKey: key });
const appliedByKey = (...keys: readonly string[]): ListRule => ({ listType: 'map', listMapKeys: keys });
const scalarSet: ListRule = { patchStrategy: 'merge', listType: 'set' };
const retained = (key: string): ListRule => ({
  patchStrategy: 'merge,retainKeys',
  patchMergeKey: key,
  listType: 'map',
  listMapKeys: [key],
});
const atomic: ListRule = { listType: 'atomic' };
/** Sets and maps for server-side apply that patches replace as a whole. */
const appliedSet: ListRule = { listType: 'set' };

const containerLists = {
  ports: byKey('containerPort', 'containerPort', 'protocol'),
  env: byKey('name'),
  volumeMounts: byKey('mountPath'),
  volumeDevices: byKey('devicePath'),
};

/**
 * By model and member: facts of Kubernetes' API types (their patchStrategy, patchMergeKey, listType and listMapKey tags),
 * which the published models have lost.
 */
export const listRules: Readonly<Record<string, Readonly<Record<string, ListRule>>>> = {
  ObjectMeta: { ownerReferences: byKey('uid'), finalizers: scalarSet, managedFields: atomic },
  LabelSelector: { matchExpressions: atomic },
  PodSpec: {
    containers: byKey('name'),
    initContainers: byKey('name'),
    ephemeralContainers: byKey('name'),
    volumes: retained('name'),
    imagePullSecrets: byKey('name'),
    hostAliases: byKey('ip'),
    topologySpreadConstraints: byKey('topologyKey', 'topologyKey', 'whenUnsatisfiable'),
    schedulingGates: byKey('name'),
    resourceClaims: retained('name'),
    tolerations: atomic,
    readinessGates: atomic,
  },
  Container: containerLists,
  EphemeralContainer: containerLists,
  PodStatus: {
    conditions: byKey('type'),
    podIPs: byKey('ip'),
    hostIPs: { ...patchedByKey('ip'), listType: 'atomic' },
    resourceClaimStatuses: retained('name'),
    containerStatuses: atomic,
    initContainerStatuses: atomic,
    ephemeralContainerStatuses: atomic,
  },
  ResourceRequirements: { claims: appliedByKey('name') },
  ServiceAccount: { secrets: byKey('name'), imagePullSecrets: atomic },
  ServiceSpec: { ports: byKey('port', 'port', 'protocol'), clusterIPs: atomic, externalIPs: atomic, ipFamilies: atomic },
  ServiceStatus: { conditions: byKey('type') },
  NodeSpec: { podCIDRs: scalarSet, taints: atomic },
  NodeStatus: { conditions: byKey('type'), addresses: byKey('type') },
  NamespaceStatus: { conditions: byKey('type') },
  NamespaceSpec: { finalizers: atomic },
  Endpoints: { subsets: atomic },
  EndpointSlice: { endpoints: atomic, ports: atomic },
  DeploymentSpec: { strategy: { patchStrategy: 'retainKeys' } },
  DeploymentStatus: { conditions: byKey('type') },
  ReplicaSetStatus: { conditions: byKey('type') },
  ReplicationControllerStatus: { conditions: byKey('type') },
  DaemonSetStatus: { conditions: byKey('type') },
  StatefulSetStatus: { conditions: byKey('type') },
  JobStatus: { conditions: { ...patchedByKey('type'), listType: 'atomic' } },
  CronJobStatus: { active: atomic },
  PersistentVolumeClaimStatus: { conditions: byKey('type') },
  PodDisruptionBudgetSpec: { selector: { patchStrategy: 'replace' } },
  PodDisruptionBudgetStatus: { conditions: byKey('type') },
  V2HorizontalPodAutoscalerStatus: { conditions: byKey('type') },
  V2HorizontalPodAutoscalerSpec: { metrics: atomic },
  CertificateSigningRequestStatus: { conditions: appliedByKey('type') },
  CustomResourceDefinitionStatus: { conditions: appliedByKey('type') },
  APIServiceStatus: { conditions: byKey('type') },
  FlowSchemaStatus: { conditions: byKey('type') },
  PriorityLevelConfigurationStatus: { conditions: byKey('type') },
  ServiceCIDRStatus: { conditions: byKey('type') },
  CSINodeSpec: { drivers: byKey('name') },
  ValidatingWebhookConfiguration: { webhooks: byKey('name') },
  MutatingWebhookConfiguration: { webhooks: byKey('name') },
  ValidatingWebhook: { matchConditions: byKey('name') },
  MutatingWebhook: { matchConditions: byKey('name') },
  AllocatedDeviceStatus: { conditions: appliedByKey('type') },
  CSIDriverSpec: { volumeLifecycleModes: appliedSet },
  ComponentStatus: { conditions: byKey('type') },
  ContainerRestartRuleOnExitCodes: { values: appliedSet },
  ContainerStatus: { allocatedResourcesStatus: byKey('name'), volumeMounts: byKey('mountPath') },
  Endpoint: { addresses: appliedSet },
  NonResourcePolicyRule: { nonResourceURLs: appliedSet, verbs: appliedSet },
  PodFailurePolicyOnExitCodesRequirement: { values: appliedSet },
  ResourceClaimStatus: {
    devices: appliedByKey('driver', 'device', 'pool', 'shareID'),
    reservedFor: byKey('uid'),
  },
  ResourcePolicyRule: { apiGroups: appliedSet, namespaces: appliedSet, resources: appliedSet, verbs: appliedSet },
  ResourceStatus: { resources: appliedByKey('resourceID') },
  JSONSchemaProps: { 'x-kubernetes-validations': byKey('rule') },
  UncountedTerminatedPods: { failed: appliedSet, succeeded: appliedSet },
  ValidatingAdmissionPolicyBindingSpec: { validationActions: appliedSet },
  ValidatingAdmissionPolicyStatus: { conditions: appliedByKey('type') },
  ValidatingAdmissionPolicySpec: { matchConditions: byKey('name'), variables: byKey('name') },
};

/** Structs that server-side apply owns as a whole. */
export const atomicStructs: ReadonlySet<string> = new Set([
  'LabelSelector',
  'ObjectReference',
  'LocalObjectReference',
  'TypedLocalObjectReference',
  'SecretReference',
  'ConfigMapKeySelector',
  'CrossVersionObjectReference',
  'DiscoveryV1EndpointPort',
  'EndpointAddress',
  'EndpointPort',
  'FileKeySelector',
  'MatchResources',
  'NamedRuleWithOperations',
  'ParamKind',
  'ParamRef',
  'ServiceBackendPort',
  'TopologySelectorTerm',
  'Variable',
  'SecretKeySelector',
  'ObjectFieldSelector',
  'ResourceFieldSelector',
  'NodeSelector',
  'NodeSelectorTerm',
  'OwnerReference',
  'ScopeSelector',
  'RoleRef',
  'Subject',
]);

/** Maps that server-side apply owns as a whole; all others have an owner for each member. */
export const atomicMaps: ReadonlySet<string> = new Set([
  'PodSpec.nodeSelector',
  'ReplicationControllerSpec.selector',
  'Scheduling.nodeSelector',
  'ServiceSpec.selector',
]);

/** Of structs that are owned as a whole elsewhere: members that have an owner for each of theirs. */
export const granularStructs: ReadonlySet<string> = new Set(['PersistentVolumeSpec.claimRef']);

/** What a key of a map list counts as where an item lacks it, by the items' model. */
export const keyDefaults: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  ContainerPort: { protocol: 'TCP' },
  ServicePort: { protocol: 'TCP' },
};

/**
 * Structs that Go always writes, even when nothing is in them: they are there before anybody sets them, so that nobody owns them.
 * Those of objects (metadata, spec, status) and all required ones are so without being named here.
 */
export const valueStructs: Readonly<Record<string, readonly string[]>> = {
  DaemonSetSpec: ['updateStrategy'],
  DeploymentSpec: ['strategy'],
  Event: ['source'],
  EventsV1Event: ['deprecatedSource', 'regarding'],
  IngressStatus: ['loadBalancer'],
  JobTemplateSpec: ['metadata', 'spec'],
  NodeDaemonEndpoints: ['kubeletEndpoint'],
  NodeStatus: ['daemonEndpoints', 'nodeInfo'],
  PersistentVolumeClaimSpec: ['resources'],
  PodTemplate: ['template'],
  PodTemplateSpec: ['metadata', 'spec'],
  ResourceClaimSpec: ['devices'],
  ServiceStatus: ['loadBalancer'],
  StatefulSetSpec: ['updateStrategy'],
};

export function listRule(model: string, field: string): ListRule | undefined {
  const members = Object.hasOwn(listRules, model) ? listRules[model] : undefined;
  return members !== undefined && Object.hasOwn(members, field) ? members[field] : undefined;
}
