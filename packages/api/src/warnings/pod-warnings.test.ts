import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kinds } from '../kinds/kinds.js';
import type { KubernetesObject } from '../objects.js';
import { created, updated } from '../testing/refusal.js';

const container = { name: 'c', image: 'i:1' };
const needed = 'requiredDuringSchedulingIgnoredDuringExecution';
const wished = 'preferredDuringSchedulingIgnoredDuringExecution';
const withPorts = (...ports: object[]) => ({ containers: [{ ...container, ports }] });
const withEnv = (...env: object[]) => ({ containers: [{ ...container, env }] });
const withVolume = (source: object) => ({ volumes: [{ name: 'v', ...source }], serviceAccountName: 'a' });
const item = (path: string) => ({ key: 'k', path });
const label = 'beta.kubernetes.io/os';
const instead = 'deprecated since v1.14; use "kubernetes.io/os" instead';
const nodes = (expression: object) => ({
  nodeAffinity: {
    [needed]: { nodeSelectorTerms: [{ matchExpressions: [{ key: label, operator: 'Exists' }] }] },
    [wished]: [{ weight: 1, preference: { matchExpressions: [expression] } }],
  },
});

const cases: readonly [string, object, readonly string[]][] = [
  ['nothing wrong', {}, []],
  ['a node by a label of old', { nodeSelector: { [label]: 'linux' } }, [`spec.nodeSelector[${label}]: ${instead}`]],
  [
    'affinity to such nodes, and to some that there cannot be',
    { affinity: nodes({ key: 'a', operator: 'In', values: ['b c'] }) },
    [
      `spec.affinity.nodeAffinity.${needed}.nodeSelectorTerms[0].matchExpressions[0].key: ${label} is ${instead}`,
      `spec.affinity.nodeAffinity.${wished}[0].preference.matchExpressions[0].values[0]: b c is invalid, a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')`,
    ],
  ],
  [
    'terms that find nothing',
    {
      affinity: { podAntiAffinity: { [wished]: [{ weight: 1, podAffinityTerm: { topologyKey: 'a' } }] } },
      topologySpreadConstraints: [{ maxSkew: 1, topologyKey: label, whenUnsatisfiable: 'ScheduleAnyway' }],
    },
    [
      `spec.topologySpreadConstraints[0].topologyKey: ${label} is ${instead}`,
      'spec.topologySpreadConstraints[0].labelSelector: a null labelSelector results in matching no pod',
      `spec.affinity.podAntiAffinity.${wished}[0].podAffinityTerm.labelSelector: a null labelSelector results in matching no pod`,
    ],
  ],
  [
    'a volume that nothing serves any more',
    withVolume({ gitRepo: { repository: 'x' } }),
    ['spec.volumes[0].gitRepo: deprecated in v1.11, and disabled by default in v1.33+'],
  ],
  [
    'files in the place of directories',
    withVolume({ configMap: { name: 'm', items: [item('a/b'), item('a'), item('ab')] } }),
    ['volume "v" (ConfigMap "m"): overlapping paths: "a" with "a/b"'],
  ],
  [
    'files of two sources in one place',
    withVolume({
      projected: { sources: [{ secret: { name: 's', items: [item('t')] } }, { serviceAccountToken: { path: 't/u' } }, {}] },
    }),
    [
      'volume "v" (Projected) has no sources provided',
      'volume "v" (Projected): overlapping paths: "t/u" (ServiceAccountToken) with "t" (Secret "s")',
    ],
  ],
  [
    'one name of a host twice, and of a secret',
    {
      hostAliases: [{ ip: '10.0.0.1' }, { ip: '10.0.0.1' }],
      imagePullSecrets: [{ name: 'a' }, { name: 'a' }, { name: '' }],
    },
    [
      'spec.hostAliases[1].ip: duplicate ip "10.0.0.1"',
      'spec.imagePullSecrets[1].name: duplicate name "a"',
      'spec.imagePullSecrets[2].name: invalid empty name ""',
    ],
  ],
  [
    'parts of bytes',
    { containers: [{ ...container, resources: { requests: { memory: '1500m', cpu: '100m' } } }] },
    ['spec.containers[0].resources.requests[memory]: fractional byte value "1500m" is invalid, must be an integer'],
  ],
  [
    'variables that hide others',
    withEnv({ name: 'A', value: 'x' }, { name: 'A', value: '$(A)y' }, { name: 'A', value: '$(A)' }, { name: 'A', value: 'z' }),
    [
      'spec.containers[0].env[2]: hides previous definition of "A", which may be dropped when using apply',
      'spec.containers[0].env[3]: hides previous definition of "A", which may be dropped when using apply',
    ],
  ],
  [
    'ports in the way of others',
    withPorts(
      { containerPort: 80 },
      { containerPort: 80 },
      { containerPort: 81, hostPort: 81 },
      { containerPort: 81, hostPort: 81, hostIP: '10.0.0.1' },
      { containerPort: 82, hostIP: '10.0.0.1' },
      { containerPort: 82, hostPort: 82 },
    ),
    [
      'spec.containers[0].ports[1]: duplicate port definition with spec.containers[0].ports[0]',
      'spec.containers[0].ports[3]: dangerously ambiguous port definition with spec.containers[0].ports[2]',
      'spec.containers[0].ports[4]: hostIP set without hostPort: {Name: HostPort:0 ContainerPort:82 Protocol:TCP HostIP:10.0.0.1}',
      'spec.containers[0].ports[5]: overlapping port definition with spec.containers[0].ports[4]',
    ],
  ],
  [
    'one name of ports in two containers',
    {
      initContainers: [{ name: 'i', image: 'i:1', restartPolicy: 'Always', ports: [{ name: 'a', containerPort: 1 }] }],
      containers: [{ ...container, ports: [{ name: 'a', containerPort: 2 }] }],
    },
    [
      'spec.containers[0].ports[0]: duplicate port name "a" with spec.initContainers[0].ports[0], services and probes that select ports by name will use spec.initContainers[0].ports[0]',
    ],
  ],
];

const warningsOf = (pod: object) => kinds.pods.warnings?.(created(kinds.pods, pod) as never);

for (const [name, members, wanted] of cases) {
  test(`a pod with ${name}`, () => assert.deepEqual(warningsOf({ spec: { containers: [container], ...members } }), wanted));
}

test('names and annotations of pods', () => {
  const annotations = {
    'security.alpha.kubernetes.io/sysctls': 'x',
    'seccomp.security.alpha.kubernetes.io/pod': 'unconfined',
    'container.seccomp.security.alpha.kubernetes.io/c': 'unconfined',
  };
  const warnings = warningsOf({ metadata: { name: 'a.b', annotations }, spec: { containers: [container] } });
  const seccomp = 'non-functional in v1.27+; use the "seccompProfile" field instead';
  assert.match(
    warnings?.[0] ?? '',
    /^metadata\.name: this is used in the Pod's hostname, .*; a DNS label is recommended: \[must not contain dots\]$/,
  );
  assert.deepEqual(warnings?.slice(1), [
    'metadata.annotations[security.alpha.kubernetes.io/sysctls]: non-functional in v1.11+; use the "sysctls" field instead',
    `metadata.annotations[seccomp.security.alpha.kubernetes.io/pod]: ${seccomp}`,
    `metadata.annotations[container.seccomp.security.alpha.kubernetes.io/c]: ${seccomp}`,
  ]);
});

test('templates warn when they are new, and when they change; pods are updated in silence', () => {
  const key = 'container.apparmor.security.beta.kubernetes.io/c';
  const template = {
    metadata: { annotations: { [key]: 'unconfined' } },
    spec: { containers: [container], terminationGracePeriodSeconds: -1 },
  };
  const wanted = [
    'template.spec.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1',
    `template.metadata.annotations[${key}]: deprecated since v1.30; use the "appArmorProfile" field instead`,
  ];
  const old = created(kinds.podTemplates, { template });
  const warned = (now: KubernetesObject, before?: KubernetesObject) =>
    kinds.podTemplates.warnings?.(now as never, before as never);
  assert.deepEqual(warned(old), wanted);
  assert.deepEqual(warned(updated(kinds.podTemplates, old, { template }), old), []);
  const changed = { ...template, spec: { ...template.spec, hostname: 'x' } };
  assert.deepEqual(warned(updated(kinds.podTemplates, old, { template: changed }), old), wanted);
  const pod = created(kinds.pods, { spec: { ...withPorts({ containerPort: 80 }, { containerPort: 80 }) } });
  assert.deepEqual(kinds.pods.warnings?.(pod as never, pod as never), []);
});

test('a pod of very many ports and files is warned of in no time', () => {
  const many = <T>(item: (index: number) => T) => Array.from({ length: 20_000 }, (_, index) => item(index));
  const spec = {
    ...withPorts(...many(() => ({ containerPort: 80 }))),
    ...withVolume({ configMap: { name: 'm', items: many(() => item('a')) } }),
  };
  assert.ok((warningsOf({ spec })?.length ?? 0) < 5_000);
});
