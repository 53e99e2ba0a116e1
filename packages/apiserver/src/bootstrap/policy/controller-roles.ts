import type { PolicyRule } from '../../auth/authorizers/authorizer.js';
import { allow, events, type RoleSpec, read } from './notation.js';

const manyMetrics = allow(read, 'metrics.k8s.io', 'pods');

/** One account and one role per controller, so that each can do its own work and no more. */
const rulesOf: Readonly<Record<string, readonly PolicyRule[]>> = {
  'attachdetach-controller': [
    allow('list watch', 'core', 'persistentvolumeclaims persistentvolumes'),
    allow(read, 'core', 'nodes'),
    allow('patch update', 'core', 'nodes/status'),
    allow('list watch', 'core', 'pods'),
    allow(read, 'storage.k8s.io', 'csidrivers csinodes'),
    allow('create delete get list patch update watch', 'storage.k8s.io', 'volumeattachments'),
    events,
  ],
  'certificate-controller': [
    allow('delete get list watch', 'certificates.k8s.io', 'certificatesigningrequests'),
    allow('update', 'certificates.k8s.io', 'certificatesigningrequests/approval certificatesigningrequests/status'),
    allow('approve', 'certificates.k8s.io', 'signers', 'kubernetes.io/kube-apiserver-client-kubelet'),
    allow(
      'sign',
      'certificates.k8s.io',
      'signers',
      'kubernetes.io/kube-apiserver-client kubernetes.io/kube-apiserver-client-kubelet kubernetes.io/kubelet-serving kubernetes.io/legacy-unknown',
    ),
    allow('create', 'authorization.k8s.io', 'subjectaccessreviews'),
    events,
  ],
  'clusterrole-aggregation-controller': [
    allow('escalate get list patch update watch', 'rbac.authorization.k8s.io', 'clusterroles'),
  ],
  'cronjob-controller': [
    allow('get list update watch', 'batch', 'cronjobs'),
    allow('create delete get list patch update watch', 'batch', 'jobs'),
    allow('update', 'batch', 'cronjobs/status cronjobs/finalizers'),
    allow('delete list', 'core', 'pods'),
    events,
  ],
  'daemon-set-controller': [
    allow(read, 'apps', 'daemonsets'),
    allow('update', 'apps', 'daemonsets/status daemonsets/finalizers'),
    allow('list watch', 'core', 'nodes'),
    allow('create delete list patch watch', 'core', 'pods'),
    allow('create', 'core', 'pods/binding'),
    allow('create delete get list patch update watch', 'apps', 'controllerrevisions'),
    events,
  ],
  'deployment-controller': [
    allow('get list update watch', 'apps', 'deployments'),
    allow('update', 'apps', 'deployments/status deployments/finalizers'),
    allow('create delete get list patch update watch', 'apps', 'replicasets'),
    allow('get list update watch', 'core', 'pods'),
    events,
  ],
  'disruption-controller': [
    allow(read, 'apps', 'deployments replicasets statefulsets'),
    allow(read, 'core', 'replicationcontrollers'),
    allow(read, 'policy', 'poddisruptionbudgets'),
    allow('update', 'policy', 'poddisruptionbudgets/status'),
    allow('list watch', 'core', 'pods'),
    allow('patch update', 'core', 'pods/status'),
    allow('get', '*', '*/scale'),
    events,
  ],
  'endpoint-controller': [
    allow(read, 'core', 'pods services'),
    allow('create delete get list update', 'core', 'endpoints'),
    allow('create', 'core', 'endpoints/restricted'),
    events,
  ],
  'endpointslice-controller': [
    allow(read, 'core', 'nodes pods services'),
    allow('update', 'core', 'services/finalizers'),
    allow('create delete get list update watch', 'discovery.k8s.io', 'endpointslices'),
    allow('create', 'discovery.k8s.io', 'endpointslices/restricted'),
    events,
  ],
  'endpointslicemirroring-controller': [
    allow(read, 'core', 'endpoints services'),
    allow('update', 'core', 'endpoints/finalizers services/finalizers'),
    allow('create delete get list update watch', 'discovery.k8s.io', 'endpointslices'),
    allow('create', 'discovery.k8s.io', 'endpointslices/restricted'),
    events,
  ],
  'ephemeral-volume-controller': [
    allow('update', 'core', 'pods/finalizers'),
    allow(read, 'core', 'pods'),
    allow('create get list watch', 'core', 'persistentvolumeclaims'),
    events,
  ],
  'expand-controller': [
    allow('get list patch update watch', 'core', 'persistentvolumes persistentvolumeclaims'),
    allow('patch update', 'core', 'persistentvolumeclaims/status'),
    allow(read, 'storage.k8s.io', 'storageclasses'),
    events,
  ],
  'generic-garbage-collector': [allow('delete get list patch update watch', '*', '*'), events],
  'horizontal-pod-autoscaler': [
    allow(read, 'autoscaling', 'horizontalpodautoscalers'),
    allow('update', 'autoscaling', 'horizontalpodautoscalers/status'),
    allow('get update', '*', '*/scale'),
    allow('list', 'core', 'pods'),
    manyMetrics,
    allow('get list', 'custom.metrics.k8s.io external.metrics.k8s.io', '*'),
    events,
  ],
  'job-controller': [
    allow('get list patch update watch', 'batch', 'jobs'),
    allow('update', 'batch', 'jobs/status jobs/finalizers'),
    allow('create delete list patch watch', 'core', 'pods'),
    events,
  ],
  'namespace-controller': [
    allow('delete get list watch', 'core', 'namespaces'),
    allow('update', 'core', 'namespaces/finalize namespaces/status'),
    allow('delete deletecollection get list', '*', '*'),
  ],
  'node-controller': [
    allow('delete get list patch update', 'core', 'nodes'),
    allow('patch update', 'core', 'nodes/status pods/status'),
    allow('delete get list watch', 'core', 'pods'),
    allow('list watch', 'core', 'nodes'),
    allow(read, 'coordination.k8s.io', 'leases'),
    events,
  ],
  'persistent-volume-binder': [
    allow('create delete get list update watch', 'core', 'persistentvolumes'),
    allow('update', 'core', 'persistentvolumes/status persistentvolumeclaims/status'),
    allow('get list update watch', 'core', 'persistentvolumeclaims'),
    allow('create delete get list watch', 'core', 'pods'),
    allow(read, 'storage.k8s.io', 'storageclasses'),
    allow('get list', 'core', 'nodes'),
    events,
  ],
  'pod-garbage-collector': [
    allow('delete list watch', 'core', 'pods'),
    allow('get list', 'core', 'nodes'),
    allow('patch update', 'core', 'pods/status'),
  ],
  'pv-protection-controller': [allow('get list update watch', 'core', 'persistentvolumes'), events],
  'pvc-protection-controller': [
    allow('get list update watch', 'core', 'persistentvolumeclaims'),
    allow(read, 'core', 'pods'),
    events,
  ],
  'replicaset-controller': [
    allow('get list update watch', 'apps', 'replicasets'),
    allow('update', 'apps', 'replicasets/status replicasets/finalizers'),
    allow('create delete list patch watch', 'core', 'pods'),
    events,
  ],
  'replication-controller': [
    allow('get list update watch', 'core', 'replicationcontrollers'),
    allow('update', 'core', 'replicationcontrollers/status replicationcontrollers/finalizers'),
    allow('create delete list patch watch', 'core', 'pods'),
    events,
  ],
  'resourcequota-controller': [allow('list watch', '*', '*'), allow('update', 'core', 'resourcequotas/status'), events],
  'root-ca-cert-publisher': [allow('create update', 'core', 'configmaps'), events],
  'route-controller': [allow('list watch', 'core', 'nodes'), allow('patch', 'core', 'nodes/status'), events],
  'service-account-controller': [allow('create', 'core', 'serviceaccounts'), events],
  'service-controller': [
    allow(read, 'core', 'services'),
    allow('patch update', 'core', 'services/status'),
    allow('list watch', 'core', 'nodes'),
    events,
  ],
  'statefulset-controller': [
    allow('list watch', 'core', 'pods'),
    allow(read, 'apps', 'statefulsets'),
    allow('update', 'apps', 'statefulsets/status statefulsets/finalizers'),
    allow('create delete get patch update', 'core', 'pods'),
    allow('create delete get list patch update watch', 'apps', 'controllerrevisions'),
    allow('create get list watch delete update', 'core', 'persistentvolumeclaims'),
    events,
  ],
  'taint-eviction-controller': [
    allow('delete get list watch', 'core', 'pods'),
    allow('patch update', 'core', 'pods/status'),
    allow(read, 'core', 'nodes'),
    events,
  ],
  'ttl-after-finished-controller': [allow('delete get list watch', 'batch', 'jobs'), events],
  'ttl-controller': [allow('list patch update watch', 'core', 'nodes'), events],
  'validatingadmissionpolicy-status-controller': [
    allow(read, 'admissionregistration.k8s.io', 'validatingadmissionpolicies'),
    allow('get patch update', 'admissionregistration.k8s.io', 'validatingadmissionpolicies/status'),
    events,
  ],
};

const prefix = 'system:controller:';

export const controllerRoles: readonly RoleSpec[] = Object.entries(rulesOf).map(([name, rules]) => ({
  name: `${prefix}${name}`,
  rules,
}));

/** The names of the service accounts in kube-system that controllers run as. */
export const controllerNames: readonly string[] = Object.keys(rulesOf);
