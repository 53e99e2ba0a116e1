import type { Loose } from './registries.js';

const container = { name: 'c', image: 'i' };
const podSpec = { containers: [container] };
const labels = { app: 'walked' };
const template = { metadata: { labels }, spec: podSpec };
const selector = { matchLabels: labels };
const clientConfig = { service: { namespace: 'default', name: 'hooks' } };
const webhook = { name: 'a.example.com', clientConfig, sideEffects: 'None', admissionReviewVersions: ['v1'] };
const policyRules = [{ apiGroups: ['example.com'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['walks'] }];
const userSubject = { kind: 'User', name: 'walker', apiGroup: 'rbac.authorization.k8s.io' };
const roleRef = (kind: string, name: string) => ({ apiGroup: 'rbac.authorization.k8s.io', kind, name });
const now = '2026-01-01T00:00:00.000000Z';

/** Of `/CN=walker`, with a key that nobody has. */
const certificateRequest = `-----BEGIN CERTIFICATE REQUEST-----
MIHLMHMCAQAwETEPMA0GA1UEAwwGd2Fsa2VyMFkwEwYHKoZIzj0CAQYIKoZIzj0D
AQcDQgAEeiuivgY8xD5YYs6KL1vj2uYI5eRw1YBSlvuLQu8g39/Rm7Q5X7jNReZP
bN2LJp/7IIk+59l2k28XiqfkGRSRUKAAMAoGCCqGSM49BAMCA0gAMEUCIQC5wpa+
DLqzo+YcTUht4h8bv4rrK6bn2vICFLVwjBXYBAIgJfSoV/nj43GD+RbkcfdafmRh
AfNmZ1hMFvbnLqwj6Aw=
-----END CERTIFICATE REQUEST-----
`;

/** The least that can be created of each kind, beside its name; by group and plural. */
export const sampleObjects: Readonly<Record<string, Loose>> = {
  '/configmaps': {},
  '/endpoints': {},
  '/events': { involvedObject: { namespace: 'walk' } },
  '/limitranges': { spec: { limits: [{ type: 'Container' }] } },
  '/namespaces': {},
  '/nodes': {},
  '/persistentvolumeclaims': {
    spec: { accessModes: ['ReadWriteOnce'], storageClassName: '', resources: { requests: { storage: '1Gi' } } },
  },
  '/persistentvolumes': { spec: { accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' }, hostPath: { path: '/data' } } },
  '/pods': { spec: podSpec },
  '/podtemplates': { template },
  '/replicationcontrollers': { spec: { selector: labels, template } },
  '/resourcequotas': { spec: {} },
  '/secrets': {},
  '/serviceaccounts': {},
  '/services': { spec: { ports: [{ port: 80 }] } },
  'admissionregistration.k8s.io/mutatingwebhookconfigurations': { webhooks: [webhook] },
  'admissionregistration.k8s.io/validatingwebhookconfigurations': { webhooks: [webhook] },
  'admissionregistration.k8s.io/validatingadmissionpolicies': {
    spec: { matchConstraints: { resourceRules: policyRules }, validations: [{ expression: 'true' }] },
  },
  'admissionregistration.k8s.io/validatingadmissionpolicybindings': {
    spec: { policyName: 'walked', validationActions: ['Deny'] },
  },
  'apiextensions.k8s.io/customresourcedefinitions': {
    spec: {
      group: 'walk.example.com',
      scope: 'Namespaced',
      names: { plural: 'walks', kind: 'Walk' },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
    },
  },
  'apiregistration.k8s.io/apiservices': {
    spec: {
      group: 'away.example.com',
      version: 'v1',
      groupPriorityMinimum: 1,
      versionPriority: 1,
      insecureSkipTLSVerify: true,
      service: { namespace: 'walk', name: 'away' },
    },
  },
  'apps/controllerrevisions': { revision: 1, data: {} },
  'apps/daemonsets': { spec: { selector, template } },
  'apps/deployments': { spec: { selector, template } },
  'apps/replicasets': { spec: { selector, template } },
  'apps/statefulsets': { spec: { serviceName: 'walked', selector, template } },
  'autoscaling/horizontalpodautoscalers': {
    spec: { maxReplicas: 2, scaleTargetRef: { kind: 'Deployment', name: 'walked', apiVersion: 'apps/v1' } },
  },
  'batch/cronjobs': {
    spec: { schedule: '0 0 * * *', jobTemplate: { spec: { template: { spec: { ...podSpec, restartPolicy: 'Never' } } } } },
  },
  'batch/jobs': { spec: { template: { spec: { ...podSpec, restartPolicy: 'Never' } } } },
  'certificates.k8s.io/certificatesigningrequests': {
    spec: {
      request: Buffer.from(certificateRequest).toString('base64'),
      signerName: 'example.com/walker',
      usages: ['client auth'],
    },
  },
  'coordination.k8s.io/leases': {},
  'discovery.k8s.io/endpointslices': { addressType: 'IPv4', endpoints: [] },
  'events.k8s.io/events': {
    eventTime: now,
    reportingController: 'example.com/walker',
    reportingInstance: 'walker-1',
    action: 'Walk',
    reason: 'Walked',
    type: 'Normal',
    regarding: { namespace: 'walk' },
  },
  'flowcontrol.apiserver.k8s.io/flowschemas': { spec: { priorityLevelConfiguration: { name: 'global-default' } } },
  'flowcontrol.apiserver.k8s.io/prioritylevelconfigurations': {
    spec: { type: 'Limited', limited: { limitResponse: { type: 'Reject' } } },
  },
  'networking.k8s.io/ingressclasses': { spec: { controller: 'example.com/walker' } },
  'networking.k8s.io/ingresses': { spec: { defaultBackend: { service: { name: 'walked', port: { number: 80 } } } } },
  'networking.k8s.io/ipaddresses': { spec: { parentRef: { resource: 'services', namespace: 'walk', name: 'walked' } } },
  'networking.k8s.io/networkpolicies': { spec: { podSelector: {} } },
  'networking.k8s.io/servicecidrs': { spec: { cidrs: ['10.200.0.0/24'] } },
  'node.k8s.io/runtimeclasses': { handler: 'runc' },
  'policy/poddisruptionbudgets': { spec: { minAvailable: 1, selector } },
  'rbac.authorization.k8s.io/clusterrolebindings': { roleRef: roleRef('ClusterRole', 'view'), subjects: [userSubject] },
  'rbac.authorization.k8s.io/clusterroles': { rules: [] },
  'rbac.authorization.k8s.io/rolebindings': { roleRef: roleRef('ClusterRole', 'view'), subjects: [userSubject] },
  'rbac.authorization.k8s.io/roles': { rules: [] },
  'scheduling.k8s.io/priorityclasses': { value: 1_000 },
  'storage.k8s.io/csidrivers': { spec: {} },
  'storage.k8s.io/csinodes': { spec: { drivers: [] } },
  'storage.k8s.io/csistoragecapacities': { storageClassName: 'walked' },
  'storage.k8s.io/storageclasses': { provisioner: 'example.com/walker' },
  'storage.k8s.io/volumeattachments': {
    spec: { attacher: 'walker.example.com', nodeName: 'walked', source: { persistentVolumeName: 'walked' } },
  },
  'storage.k8s.io/volumeattributesclasses': { driverName: 'walker.example.com', parameters: { speed: 'high' } },
};

/** Names that their kinds ask for; all others may have any. */
export const sampleNames: Readonly<Record<string, string>> = {
  '/componentstatuses': 'scheduler',
  'apiextensions.k8s.io/customresourcedefinitions': 'walks.walk.example.com',
  'apiregistration.k8s.io/apiservices': 'v1.away.example.com',
  'networking.k8s.io/ipaddresses': '10.200.0.9',
};

/** Bodies of what is only asked and never stored; by group and plural. */
export const sampleReviews: Readonly<Record<string, Loose>> = {
  '/bindings': { metadata: { name: 'to-bind' }, target: { kind: 'Node', name: 'walked' } },
  'authentication.k8s.io/selfsubjectreviews': {},
  'authentication.k8s.io/tokenreviews': { spec: { token: 'x' } },
  'authorization.k8s.io/localsubjectaccessreviews': {
    metadata: { namespace: 'walk' },
    spec: { user: 'walker', resourceAttributes: { namespace: 'walk', verb: 'get', resource: 'pods' } },
  },
  'authorization.k8s.io/selfsubjectaccessreviews': { spec: { resourceAttributes: { verb: 'get', resource: 'pods' } } },
  'authorization.k8s.io/selfsubjectrulesreviews': { spec: { namespace: 'walk' } },
  'authorization.k8s.io/subjectaccessreviews': {
    spec: { user: 'walker', resourceAttributes: { verb: 'get', resource: 'pods' } },
  },
};
