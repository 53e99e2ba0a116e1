import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Definition } from '../definition.js';
import { complaint, refusal } from '../testing/refusal.js';
import { dns1123LabelProblems, dns1123SubdomainProblems } from '../validation/names.js';
import { kinds } from './kinds.js';

const template = { metadata: { labels: { app: 'a' } }, spec: { containers: [{ name: 'c', image: 'i' }] } };
const deployment = (members: object) => ({ spec: { selector: { matchLabels: { app: 'a' } }, template, ...members } });
const service = (members: object) => ({ spec: { ports: [{ port: 80 }], ...members } });
const rolling = (maxUnavailable: unknown, maxSurge: unknown) =>
  deployment({ strategy: { rollingUpdate: { maxUnavailable, maxSurge } } });
const condition = { type: 'A', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z', reason: 'R', message: '' };
const roleRef = { kind: 'Role', name: 'r' };

const zones = (...values: readonly string[]) => ({ matchLabelExpressions: [{ key: 'zone', values }] });
const toleration = (tolerationSeconds: number) => ({ key: 'a', operator: 'Exists', effect: 'NoExecute', tolerationSeconds });
const labelRule = dns1123LabelProblems('-').join();
const subdomainRule = dns1123SubdomainProblems('/').join();

const cases: readonly [Definition, string, object, string][] = [
  [
    kinds.services,
    'no address',
    service({ clusterIP: 'here' }),
    'Service "x" is invalid: spec.clusterIPs[0]: Invalid value: "here": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
  ],
  [
    kinds.endpoints,
    'no addresses',
    { subsets: [{ ports: [{ port: 1 }] }] },
    'Endpoints "x" is invalid: subsets[0]: Required value: must specify `addresses` or `notReadyAddresses`',
  ],
  [
    kinds.endpointSlices,
    'another family',
    { addressType: 'IPv4', endpoints: [{ addresses: ['::1'] }] },
    'EndpointSlice.discovery.k8s.io "x" is invalid: endpoints[0].addresses: Invalid value: "::1": must be an IPv4 address',
  ],
  [
    kinds.endpoints,
    'names that are none',
    {
      subsets: [
        {
          addresses: [
            { ip: '10.0.0.1', hostname: '-' },
            { ip: '10.0.0.2', nodeName: '/' },
          ],
          ports: [{ port: 1, name: '_' }],
        },
      ],
    },
    `Endpoints "x" is invalid: [subsets[0].addresses[0].hostname: Invalid value: "-": ${labelRule}, subsets[0].addresses[1].nodeName: Invalid value: "/": ${subdomainRule}, subsets[0].ports[0].name: Invalid value: "_": ${labelRule}]`,
  ],
  [
    kinds.endpointSlices,
    'hints given twice',
    { addressType: 'IPv4', endpoints: [{ addresses: ['10.0.0.1'], hints: { forZones: [{ name: 'a' }, { name: 'a' }] } }] },
    'EndpointSlice.discovery.k8s.io "x" is invalid: endpoints[0].hints.forZones[1].name: Duplicate value: "a"',
  ],
  [
    kinds.endpointSlices,
    'too many hints',
    { addressType: 'IPv4', endpoints: [{ addresses: ['10.0.0.1'], hints: { forNodes: Array(9).fill({ name: 'a' }) } }] },
    'EndpointSlice.discovery.k8s.io "x" is invalid: endpoints[0].hints.forNodes: Too many: 9: must have at most 8 items',
  ],
  [
    kinds.endpointSlices,
    'a domain of one label',
    { addressType: 'FQDN', endpoints: [{ addresses: ['here', 'a.example.'] }] },
    'EndpointSlice.discovery.k8s.io "x" is invalid: endpoints[0].addresses[0]: Invalid value: "here": should be a domain with at least two segments separated by dots',
  ],
  [
    kinds.storageClasses,
    'topologies that say the same',
    { provisioner: 'p', allowedTopologies: [zones('a', 'b'), zones('b', 'a')] },
    'StorageClass.storage.k8s.io "x" is invalid: allowedTopologies[1].matchLabelExpressions: Duplicate value: ""',
  ],
  [
    kinds.storageClasses,
    'a topology that is none',
    {
      provisioner: 'p',
      allowedTopologies: [
        {
          matchLabelExpressions: [
            { key: 'zone', values: [] },
            { key: 'zone', values: ['a', 'a'] },
          ],
        },
      ],
    },
    'StorageClass.storage.k8s.io "x" is invalid: [allowedTopologies[0].matchLabelExpressions[0].values: Required value, allowedTopologies[0].matchLabelExpressions[1].values[1]: Duplicate value: "a", allowedTopologies[0].matchLabelExpressions[1].key: Duplicate value: "zone"]',
  ],
  [
    kinds.runtimeClasses,
    'a toleration twice',
    { handler: 'h', scheduling: { tolerations: [toleration(1), toleration(2)] } },
    'RuntimeClass.node.k8s.io "x" is invalid: scheduling.tolerations[1]: Duplicate value: {"Key":"a","Operator":"Exists","Value":"","Effect":"NoExecute","TolerationSeconds":2}',
  ],
  [kinds.deployments, 'fine', deployment({}), ''],
  [
    kinds.deployments,
    'nothing',
    {},
    'Deployment.apps "x" is invalid: [spec.selector: Required value, spec.template.metadata.labels: Invalid value: null: `selector` does not match template `labels`, spec.template.spec.containers: Required value]',
  ],
  [
    kinds.deployments,
    'an empty selector',
    deployment({ selector: {} }),
    'Deployment.apps "x" is invalid: spec.selector: Invalid value: {}: empty selector is invalid for deployment',
  ],
  [
    kinds.deployments,
    'another restart policy',
    deployment({ template: { ...template, spec: { ...template.spec, restartPolicy: 'Never' } } }),
    'Deployment.apps "x" is invalid: spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
  ],
  [
    kinds.deployments,
    'no room to roll',
    rolling(0, 0),
    'Deployment.apps "x" is invalid: spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0',
  ],
  [
    kinds.deployments,
    'no room in percent',
    rolling('0%', 0),
    'Deployment.apps "x" is invalid: spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "0%": may not be 0 when `maxSurge` is 0',
  ],
  [
    kinds.deployments,
    'more than all',
    rolling('101%', 0),
    'Deployment.apps "x" is invalid: spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "101%": must not be greater than 100%',
  ],
  [
    kinds.deployments,
    'a share without sign',
    rolling('10', 1),
    "Deployment.apps \"x\" is invalid: spec.strategy.rollingUpdate.maxUnavailable: Invalid value: \"10\": a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
  ],
  [
    kinds.deployments,
    'a short deadline',
    deployment({ progressDeadlineSeconds: 5, minReadySeconds: 5 }),
    'Deployment.apps "x" is invalid: spec.progressDeadlineSeconds: Invalid value: 5: must be greater than minReadySeconds',
  ],
  [
    kinds.replicaSets,
    'negative replicas',
    deployment({ replicas: -1 }),
    'ReplicaSet.apps "x" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0',
  ],
  [kinds.services, 'fine', service({}), ''],
  [kinds.services, 'no ports', service({ ports: [] }), 'Service "x" is invalid: spec.ports: Required value'],
  [kinds.services, 'no ports, headless', service({ ports: [], clusterIP: 'None' }), ''],
  [
    kinds.services,
    'headless on nodes',
    service({ type: 'NodePort', clusterIP: 'None' }),
    'Service "x" is invalid: spec.clusterIPs[0]: Invalid value: "None": may not be set to \'None\' for NodePort services',
  ],
  [
    kinds.services,
    'an unknown type',
    service({ type: 'X' }),
    'Service "x" is invalid: spec.type: Unsupported value: "X": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"',
  ],
  [
    kinds.services,
    'an external name of none',
    service({ type: 'ExternalName', ports: [] }),
    'Service "x" is invalid: spec.externalName: Required value',
  ],
  [
    kinds.services,
    'a node port inside',
    service({ ports: [{ port: 1, nodePort: 30_000 }] }),
    'Service "x" is invalid: spec.ports[0].nodePort: Forbidden: may not be used when `type` is \'ClusterIP\'',
  ],
  [
    kinds.services,
    'unnamed ports',
    service({ ports: [{ name: 'a', port: 1 }, { port: 2 }] }),
    'Service "x" is invalid: spec.ports[1].name: Required value',
  ],
  [
    kinds.configMaps,
    'a bad key',
    { data: { 'a/b': '' } },
    "ConfigMap \"x\" is invalid: data[a/b]: Invalid value: \"a/b\": a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
  ],
  [
    kinds.configMaps,
    'a key twice',
    { data: { a: '' }, binaryData: { a: 'eA==' } },
    'ConfigMap "x" is invalid: data[a]: Invalid value: "a": duplicate of key present in binaryData',
  ],
  [
    kinds.configMaps,
    'too much',
    { data: { a: 'x'.repeat(1024 * 1024 + 1) } },
    'ConfigMap "x" is invalid: []: Too long: may not be more than 1048576 bytes',
  ],
  [
    kinds.secrets,
    'half a TLS pair',
    { type: 'kubernetes.io/tls', data: { 'tls.crt': 'eA==' } },
    'Secret "x" is invalid: data[tls.key]: Required value',
  ],
  [
    kinds.nodes,
    'a taint of no effect',
    { spec: { taints: [{ key: 'a' }] } },
    'Node "x" is invalid: metadata.taints[0].effect: Required value',
  ],
  [
    kinds.leases,
    'no time',
    { spec: { leaseDurationSeconds: 0 } },
    'Lease.coordination.k8s.io "x" is invalid: spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0',
  ],
  [
    kinds.roles,
    'rules of nothing',
    { rules: [{ verbs: [] }] },
    'Role.rbac.authorization.k8s.io "x" is invalid: [rules[0].verbs: Required value: verbs must contain at least one value, rules[0].apiGroups: Required value: resource rules must supply at least one api group, rules[0].resources: Required value: resource rules must supply at least one resource]',
  ],
  [
    kinds.roles,
    'paths',
    { rules: [{ verbs: ['get'], nonResourceURLs: ['/x'] }] },
    'Role.rbac.authorization.k8s.io "x" is invalid: rules[0].nonResourceURLs: Invalid value: ["/x"]: namespaced rules cannot apply to non-resource URLs',
  ],
  [kinds.clusterRoles, 'paths', { rules: [{ verbs: ['get'], nonResourceURLs: ['/x'] }] }, ''],
  [
    kinds.roleBindings,
    "an account of the binding's namespace",
    { roleRef, subjects: [{ kind: 'ServiceAccount', name: 'a' }] },
    '',
  ],
  [
    kinds.clusterRoleBindings,
    'an account of no namespace',
    { roleRef: { kind: 'ClusterRole', name: 'r' }, subjects: [{ kind: 'ServiceAccount', name: 'a' }] },
    'ClusterRoleBinding.rbac.authorization.k8s.io "x" is invalid: subjects[0].namespace: Required value',
  ],
  [
    kinds.roleBindings,
    'what is neither role nor subject',
    { roleRef: { kind: 'Rule', name: 'a/b' }, subjects: [{ kind: 'Robot', name: 'a' }] },
    'RoleBinding.rbac.authorization.k8s.io "x" is invalid: [roleRef.kind: Unsupported value: "Rule": supported values: "Role", "ClusterRole", roleRef.name: Invalid value: "a/b": may not contain \'/\', subjects[0].kind: Unsupported value: "Robot": supported values: "ServiceAccount", "User", "Group"]',
  ],
  [kinds.ipAddresses, 'IPv6', { metadata: { name: 'fd00::1' }, spec: { parentRef: { resource: 'services', name: 'a' } } }, ''],
  [
    kinds.ipAddresses,
    'a name that is no address',
    { spec: { parentRef: { resource: 'services', name: 'a' } } },
    'IPAddress.networking.k8s.io "x" is invalid: metadata.name: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
  ],
  [
    kinds.clusterRoleBindings,
    'a role',
    { roleRef },
    'ClusterRoleBinding.rbac.authorization.k8s.io "x" is invalid: roleRef.kind: Unsupported value: "Role": supported values: "ClusterRole"',
  ],
  [
    kinds.endpointSlices,
    'no addresses',
    { addressType: 'IPv4', endpoints: [{ addresses: [] }] },
    'EndpointSlice.discovery.k8s.io "x" is invalid: endpoints[0].addresses: Required value: must contain at least 1 address',
  ],
  [
    kinds.endpointSlices,
    'a host of two names',
    { addressType: 'IPv4', endpoints: [{ addresses: ['10.0.0.1'], hostname: 'a.b' }] },
    'EndpointSlice.discovery.k8s.io "x" is invalid: endpoints[0].hostname: Invalid value: "a.b": must not contain dots',
  ],
  [
    kinds.endpointSlices,
    'a node that is none',
    { addressType: 'IPv4', endpoints: [{ addresses: ['10.0.0.1'], nodeName: 'A' }] },
    "EndpointSlice.discovery.k8s.io \"x\" is invalid: endpoints[0].nodeName: Invalid value: \"A\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
  ],
  [
    kinds.endpointSlices,
    'no type',
    { endpoints: [] },
    'EndpointSlice.discovery.k8s.io "x" is invalid: addressType: Required value',
  ],
  [
    kinds.events,
    'another namespace',
    { involvedObject: { namespace: 'other' } },
    'Event "x" is invalid: involvedObject.namespace: Invalid value: "other": does not match event.namespace',
  ],
  [
    kinds.pods,
    'labels',
    { metadata: { labels: { 'a b': 'c d' } }, spec: template.spec },
    "Pod \"x\" is invalid: [metadata.labels: Invalid value: \"a b\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]'), metadata.labels: Invalid value: \"c d\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')]",
  ],
  [
    kinds.pods,
    'a half owner',
    { metadata: { ownerReferences: [{ apiVersion: 'v1', kind: 'X', name: 'x' }] }, spec: template.spec },
    'Pod "x" is invalid: metadata.ownerReferences.uid: Invalid value: "": must not be empty',
  ],
  [
    kinds.pods,
    'a bare finalizer',
    { metadata: { finalizers: ['x'] }, spec: template.spec },
    'Pod "x" is invalid: metadata.finalizers[0]: Invalid value: "x": name is neither a standard finalizer name nor is it fully qualified',
  ],
  [
    kinds.namespaces,
    'a namespace',
    { metadata: { namespace: 'y' } },
    'Namespace "x" is invalid: metadata.namespace: Forbidden: not allowed on this type',
  ],
  [
    kinds.secrets,
    'registry credentials that are no JSON',
    { type: 'kubernetes.io/dockerconfigjson', data: { '.dockerconfigjson': 'e30x' } },
    'Secret "x" is invalid: data[.dockerconfigjson]: Invalid value: "<secret contents redacted>": invalid character in JSON',
  ],
  [kinds.secrets, 'registry credentials', { type: 'kubernetes.io/dockerconfigjson', data: { '.dockerconfigjson': 'e30=' } }, ''],
  [
    kinds.priorityClasses,
    'a name that is not for users',
    { metadata: { name: 'system-mine' }, value: 5 },
    'PriorityClass.scheduling.k8s.io "system-mine" is invalid: metadata.name: Forbidden: priority class names with \'system-\' prefix are reserved for system use only. error: system-mine is not a known system priority class',
  ],
  [
    kinds.priorityClasses,
    'another value for a class of the system',
    { metadata: { name: 'system-node-critical' }, value: 5 },
    'PriorityClass.scheduling.k8s.io "system-node-critical" is invalid: metadata.name: Forbidden: priority class names with \'system-\' prefix are reserved for system use only. error: value of system-node-critical PriorityClass must be 2000001000',
  ],
  [kinds.priorityClasses, 'the value of the system', { metadata: { name: 'system-node-critical' }, value: 2_000_001_000 }, ''],
  [
    kinds.runtimeClasses,
    'no handler',
    {},
    "RuntimeClass.node.k8s.io \"x\" is invalid: handler: Invalid value: \"\": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
  ],
  [
    kinds.runtimeClasses,
    'tolerations of nothing',
    { handler: 'h', scheduling: { tolerations: [{ operator: 'Equal', value: 'v' }] } },
    'RuntimeClass.node.k8s.io "x" is invalid: scheduling.tolerations[0].operator: Invalid value: "Equal": operator must be Exists when `key` is empty, which means "match all values and all keys"',
  ],
  [kinds.podDisruptionBudgets, 'no policy', { spec: { minAvailable: 1 } }, ''],
  [
    kinds.podDisruptionBudgets,
    'two budgets',
    { spec: { maxUnavailable: '50%', minAvailable: 1, selector: { matchLabels: { a: 'b' } } } },
    'PodDisruptionBudget.policy "x" is invalid: spec: Invalid value: {"MinAvailable":1,"Selector":{"matchLabels":{"a":"b"}},"MaxUnavailable":"50%","UnhealthyPodEvictionPolicy":null}: minAvailable and maxUnavailable cannot be both set',
  ],
  [
    kinds.podDisruptionBudgets,
    'an unknown policy',
    { spec: { minAvailable: 1, unhealthyPodEvictionPolicy: 'Never' } },
    'PodDisruptionBudget.policy "x" is invalid: spec.unhealthyPodEvictionPolicy: Unsupported value: "Never": supported values: "AlwaysAllow", "IfHealthyBudget"',
  ],
];

for (const [definition, name, body, message] of cases) {
  test(`${definition.kind} with ${name}`, () => assert.equal(refusal(definition, body), message));
}

const statuses: readonly [Definition, string, object, object, string][] = [
  [
    kinds.podDisruptionBudgets,
    'less than nothing',
    {},
    { disruptionsAllowed: -1, expectedPods: 1, currentHealthy: 1, desiredHealthy: 1 },
    'status.disruptionsAllowed: Invalid value: -1: must be greater than or equal to 0',
  ],
  [
    kinds.podDisruptionBudgets,
    'a condition that says little',
    {},
    { conditions: [{ type: 'A', status: 'Maybe', observedGeneration: -1 }] },
    '[status.conditions[0].status: Unsupported value: "Maybe": supported values: "False", "True", "Unknown", status.conditions[0].observedGeneration: Invalid value: -1: must be greater than or equal to zero, status.conditions[0].lastTransitionTime: Required value, status.conditions[0].reason: Required value]',
  ],
  [
    kinds.podDisruptionBudgets,
    'a condition twice, for no proper reason',
    {},
    { conditions: [condition, { ...condition, reason: '-' }] },
    `[status.conditions[1].type: Duplicate value: "A", status.conditions[1].reason: Invalid value: "-": a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric characters or '_,:', and must end with an alphanumeric character or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName',  or 'ReasonA,ReasonB',  or 'ReasonA:ReasonB', regex used for validation is '[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?')]`,
  ],
];

for (const [definition, name, body, status, message] of statuses) {
  test(`the status of a ${definition.kind} with ${name}`, () => {
    assert.equal(complaint(definition, body, { status }, 'status'), message);
  });
}

const updates: readonly [Definition, string, object, object, string][] = [
  [
    kinds.configMaps,
    'the data of an immutable one',
    { immutable: true, data: { a: '1' } },
    { data: { a: '2' } },
    'ConfigMap "x" is invalid: data: Forbidden: field is immutable when `immutable` is set',
  ],
  [kinds.secrets, 'the type', {}, { type: 'other' }, 'Secret "x" is invalid: type: Invalid value: "other": field is immutable'],
  [
    kinds.roleBindings,
    'the role',
    { roleRef },
    { roleRef: { ...roleRef, apiGroup: 'rbac.authorization.k8s.io', name: 'other' } },
    'RoleBinding.rbac.authorization.k8s.io "x" is invalid: roleRef: Invalid value: {"APIGroup":"rbac.authorization.k8s.io","Kind":"Role","Name":"other"}: cannot change roleRef',
  ],
  [
    kinds.nodes,
    'the pod CIDR',
    { spec: { podCIDRs: ['10.0.0.0/24'] } },
    { spec: { podCIDRs: ['10.0.1.0/24'] } },
    'Node "x" is invalid: spec.podCIDRs: Forbidden: node updates may not change podCIDR except from "" to valid',
  ],
  [
    kinds.endpointSlices,
    'the type of addresses',
    { addressType: 'IPv4' },
    { addressType: 'IPv6' },
    'EndpointSlice.discovery.k8s.io "x" is invalid: addressType: Invalid value: "IPv6": field is immutable',
  ],
  [
    kinds.priorityClasses,
    'the value',
    { value: 1 },
    { value: 2 },
    'PriorityClass.scheduling.k8s.io "x" is invalid: value: Forbidden: may not be changed in an update.',
  ],
  [kinds.configMaps, 'the data', { data: { a: '1' } }, { data: { a: '2' } }, ''],
];

for (const [definition, name, body, change, message] of updates) {
  test(`an update of ${name} of a ${definition.kind}`, () => assert.equal(refusal(definition, body, change), message));
}
