import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fieldErrorText } from '../errors/field-error.js';
import type { PodSpec } from '../generated/types.js';
import type { Draft } from '../objects.js';
import { decodeModel } from '../schema/decode.js';
import { defaultPodSpec } from './default-pod-spec.js';
import { validatePodSpec } from './validate-pod-spec.js';

const container = { name: 'c', image: 'i' };

function problems(spec: object): string[] {
  const draft: Draft<PodSpec> = decodeModel('PodSpec', { containers: [container], ...spec }).value;
  defaultPodSpec(draft);
  return validatePodSpec(draft, 'spec').map(fieldErrorText);
}

function ofContainer(members: object, more: object = {}): string[] {
  return problems({ containers: [{ ...container, ...members }], ...more }).map((text) => text.replace('spec.containers[0]', '…'));
}

const label =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

const specs: readonly [string, object, readonly string[]][] = [
  ['a plain pod', {}, []],
  ['no container', { containers: [] }, ['spec.containers: Required value']],
  ['two containers of one name', { containers: [container, container] }, ['spec.containers[1].name: Duplicate value: "c"']],
  ['an init container of the same name', { initContainers: [container] }, ['spec.initContainers[0].name: Duplicate value: "c"']],
  [
    'an init container with a probe',
    { initContainers: [{ name: 'i', image: 'i', readinessProbe: { exec: { command: ['x'] } } }] },
    ['spec.initContainers[0].readinessProbe: Forbidden: may not be set for init containers without restartPolicy=Always'],
  ],
  [
    'a sidecar with a probe',
    { initContainers: [{ name: 'i', image: 'i', restartPolicy: 'Always', readinessProbe: { exec: { command: ['x'] } } }] },
    [],
  ],
  [
    'an unknown restart policy',
    { restartPolicy: 'Maybe' },
    ['spec.restartPolicy: Unsupported value: "Maybe": supported values: "Always", "OnFailure", "Never"'],
  ],
  [
    'an unknown DNS policy',
    { dnsPolicy: 'X' },
    ['spec.dnsPolicy: Unsupported value: "X": supported values: "ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"'],
  ],
  [
    'a DNS policy of none without servers',
    { dnsPolicy: 'None' },
    ['spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None'],
  ],
  ['a negative grace period, which counts as one second', { terminationGracePeriodSeconds: -1 }, []],
  [
    'a deadline of zero',
    { activeDeadlineSeconds: 0 },
    ['spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive'],
  ],
  ['a bad host name', { hostname: 'A' }, [`spec.hostname: Invalid value: "A": ${label}`]],
  [
    'an empty node selector term',
    { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [] } } } },
    [
      'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms: Required value: must have at least one node selector term',
    ],
  ],
  [
    'a heavy preference',
    {
      affinity: {
        podAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 101, podAffinityTerm: { topologyKey: 'k' } }],
        },
      },
    },
    [
      'spec.affinity.podAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight: Invalid value: 101: must be in the range 1-100',
    ],
  ],
  ['a toleration of everything', { tolerations: [{ operator: 'Exists' }] }, []],
  [
    'a toleration without key',
    { tolerations: [{ value: 'x' }] },
    [
      'spec.tolerations[0].operator: Invalid value: "": operator must be Exists when `key` is empty, which means "match all values and all keys"',
    ],
  ],
  [
    'toleration seconds of another effect',
    { tolerations: [{ key: 'a', operator: 'Exists', effect: 'NoSchedule', tolerationSeconds: 1 }] },
    ['spec.tolerations[0].effect: Invalid value: "NoSchedule": effect must be \'NoExecute\' when `tolerationSeconds` is set'],
  ],
  [
    'a volume of nothing known twice',
    { volumes: [{ name: 'v' }, { name: 'v', emptyDir: {}, hostPath: { path: '/x' } }] },
    [
      'spec.volumes[1].hostPath: Forbidden: may not specify more than 1 volume type',
      'spec.volumes[1].name: Duplicate value: "v"',
    ],
  ],
  [
    'a path with ..',
    { volumes: [{ name: 'v', hostPath: { path: '/a/../b' } }] },
    ['spec.volumes[0].hostPath.path: Invalid value: "/a/../b": must not contain \'..\''],
  ],
  ['a config map without name', { volumes: [{ name: 'v', configMap: {} }] }, ['spec.volumes[0].configMap.name: Required value']],
  [
    'a skew of zero',
    { topologySpreadConstraints: [{ maxSkew: 0, topologyKey: 'k', whenUnsatisfiable: 'X' }] },
    [
      'spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero',
      'spec.topologySpreadConstraints[0].whenUnsatisfiable: Unsupported value: "X": supported values: "DoNotSchedule", "ScheduleAnyway"',
    ],
  ],
];

for (const [name, spec, wanted] of specs) test(`a pod with ${name}`, () => assert.deepEqual(problems(spec), wanted));

const containers: readonly [string, object, readonly string[]][] = [
  ['no name', { name: '' }, ['….name: Required value']],
  ['a name that is no label', { name: 'A_b' }, [`….name: Invalid value: "A_b": ${label}`]],
  ['no image', { image: '' }, ['….image: Required value']],
  ['spaces around its image, in a template', { image: ' i' }, []],
  [
    'a pull policy that there is not',
    { imagePullPolicy: 'X' },
    ['….imagePullPolicy: Unsupported value: "X": supported values: "Always", "IfNotPresent", "Never"'],
  ],
  [
    'a port out of range',
    { ports: [{ containerPort: 70_000 }] },
    ['….ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive'],
  ],
  ['a port of nothing', { ports: [{}] }, ['….ports[0].containerPort: Required value']],
  [
    'a protocol that there is not',
    { ports: [{ containerPort: 1, protocol: 'X' }] },
    ['….ports[0].protocol: Unsupported value: "X": supported values: "SCTP", "TCP", "UDP"'],
  ],
  [
    'ports of one name',
    {
      ports: [
        { name: 'a', containerPort: 1 },
        { name: 'a', containerPort: 2 },
      ],
    },
    ['….ports[1].name: Duplicate value: "a"'],
  ],
  [
    'a port name without letters',
    { ports: [{ name: '80', containerPort: 80 }] },
    ['….ports[0].name: Invalid value: "80": must contain at least one letter (a-z)'],
  ],
  [
    'one host port twice',
    {
      ports: [
        { containerPort: 1, hostPort: 80 },
        { containerPort: 2, hostPort: 80 },
      ],
    },
    ['….ports[1].hostPort: Duplicate value: "TCP//80"'],
  ],
  ['a variable without name', { env: [{ value: 'x' }] }, ['….env[0].name: Required value']],
  [
    'a variable with = in its name',
    { env: [{ name: 'a=b' }] },
    [
      '….env[0].name: Invalid value: "a=b": a valid environment variable name must consist only of printable ASCII characters other than \'=\'',
    ],
  ],
  [
    'a variable of two values',
    { env: [{ name: 'A', value: 'x', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }] },
    ['….env[0].valueFrom: Invalid value: "": may not be specified when `value` is not empty'],
  ],
  [
    'a variable of an unknown field',
    { env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'spec.foo' } } }] },
    [
      '….env[0].valueFrom.fieldRef.fieldPath: Invalid value: "spec.foo": error converting fieldPath: field label not supported: spec.foo',
    ],
  ],
  ['a mount of no volume', { volumeMounts: [{ name: 'v', mountPath: '/v' }] }, ['….volumeMounts[0].name: Not found: "v"']],
  ['a probe of no kind', { livenessProbe: {} }, ['….livenessProbe: Required value: must specify a handler type']],
  [
    'a probe of two kinds',
    { livenessProbe: { exec: { command: ['x'] }, tcpSocket: { port: 1 } } },
    ['….livenessProbe.tcpSocket: Forbidden: may not specify more than 1 handler type'],
  ],
  [
    'a liveness that must be seen twice',
    { livenessProbe: { tcpSocket: { port: 1 }, successThreshold: 2 } },
    ['….livenessProbe.successThreshold: Invalid value: 2: must be 1'],
  ],
  [
    'a probe with a negative timeout',
    { readinessProbe: { tcpSocket: { port: 1 }, timeoutSeconds: -1 } },
    ['….readinessProbe.timeoutSeconds: Invalid value: -1: must be greater than or equal to 0'],
  ],
  [
    'a probe of port 0',
    { readinessProbe: { httpGet: { port: 0 } } },
    ['….readinessProbe.httpGet.port: Invalid value: 0: must be between 1 and 65535, inclusive'],
  ],
  [
    'requests above its limits',
    { resources: { requests: { cpu: '2' }, limits: { cpu: '1' } } },
    ['….resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1'],
  ],
  [
    'a negative limit',
    { resources: { limits: { memory: '-1' } } },
    ['….resources.limits[memory]: Invalid value: "-1": must be greater than or equal to 0'],
  ],
  [
    'a resource that there is not',
    { resources: { limits: { cores: '1' } } },
    [
      '….resources.limits[cores]: Invalid value: "cores": must be a standard resource type or fully qualified',
      '….resources.limits[cores]: Invalid value: "cores": must be a standard resource for containers',
    ],
  ],
  ['a device', { resources: { limits: { 'example.com/gpu': '1' } } }, []],
];

for (const [name, members, wanted] of containers)
  test(`a container with ${name}`, () => assert.deepEqual(ofContainer(members), wanted));

test('ports of the host network are the host ports', () => {
  assert.deepEqual(ofContainer({ ports: [{ containerPort: 80 }] }, { hostNetwork: true }), []);
  assert.deepEqual(ofContainer({ ports: [{ containerPort: 80, hostPort: 81 }] }, { hostNetwork: true }), [
    '….ports[0].hostPort: Invalid value: 81: must match `containerPort` when `hostNetwork` is true',
  ]);
});

const policies: readonly [string, string][] = [
  ['nginx', 'Always'],
  ['nginx:latest', 'Always'],
  ['nginx:1.25', 'IfNotPresent'],
  ['localhost:5000/nginx', 'Always'],
  ['localhost:5000/nginx:1', 'IfNotPresent'],
  [`nginx@sha256:${'0'.repeat(64)}`, 'IfNotPresent'],
  [`nginx:latest@sha256:${'0'.repeat(64)}`, 'Always'],
  ['registry.example.com:443/a/b_c', 'Always'],
  ['[::1]:5000/a', 'Always'],
  ['Nginx', 'IfNotPresent'],
  [' nginx', 'IfNotPresent'],
];

for (const [image, wanted] of policies) {
  test(`image ${image} is pulled ${wanted}`, () => {
    const spec: Draft<PodSpec> = { containers: [{ name: 'c', image }] };
    defaultPodSpec(spec);
    assert.equal(spec.containers?.[0]?.imagePullPolicy, wanted);
  });
}

test('volumes have the modes and defaults of Kubernetes', () => {
  const spec: Draft<PodSpec> = {
    serviceAccountName: 'sa',
    volumes: [
      { name: 'a' },
      { name: 'b', configMap: { name: 'x' } },
      { name: 'c', projected: { sources: [{ serviceAccountToken: { path: 't' } }] } },
      { name: 'd', hostPath: { path: '/x' } },
    ],
  };
  defaultPodSpec(spec);
  assert.equal(spec.serviceAccount, 'sa');
  assert.deepEqual(spec.volumes, [
    { name: 'a', emptyDir: {} },
    { name: 'b', configMap: { name: 'x', defaultMode: 420 } },
    { name: 'c', projected: { sources: [{ serviceAccountToken: { path: 't', expirationSeconds: 3600 } }], defaultMode: 420 } },
    { name: 'd', hostPath: { path: '/x', type: '' } },
  ]);
});
