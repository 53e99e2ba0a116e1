import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kinds } from '../kinds/kinds.js';
import { complaint, created, updated } from '../testing/refusal.js';

const container = { name: 'c', image: 'i:1' };
const rules = [{ action: 'Restart', exitCodes: { operator: 'In', values: [1] } }];
const reader = { name: 'KEY', valueFrom: { fileKeyRef: { volumeName: 'v', path: 'p', key: 'k' } } };

/** What is stored of these members of a spec, in a pod and in a template. */
function stored(members: object): readonly unknown[] {
  const spec = { containers: [container], ...members };
  const template = { metadata: { labels: { a: 'b' } }, spec };
  const deployment = created(kinds.deployments, { spec: { selector: { matchLabels: { a: 'b' } }, template } });
  return [created(kinds.pods, { spec }), Reflect.get(Reflect.get(deployment, 'spec'), 'template')].map((object) => {
    const whole = Reflect.get(object, 'spec');
    return Object.fromEntries(Object.keys(members).map((name) => [name, whole[name]]));
  });
}

const defaults = {
  imagePullPolicy: 'IfNotPresent',
  resources: {},
  terminationMessagePath: '/dev/termination-log',
  terminationMessagePolicy: 'File',
};
const mounts = (...names: string[]) => names.map((name) => ({ name, mountPath: `/${name}` }));

const cases: readonly [string, object, object][] = [
  ['a host name of its own', { hostnameOverride: 'x' }, { hostnameOverride: undefined }],
  [
    'restarts of single containers',
    { containers: [{ ...container, restartPolicy: 'Never', restartPolicyRules: rules }] },
    { containers: [{ ...container, ...defaults }] },
  ],
  [
    'restarts of init containers, but for sidecars',
    {
      initContainers: [
        { ...container, name: 'a', restartPolicy: 'OnFailure', restartPolicyRules: rules },
        { ...container, name: 'b', restartPolicy: 'Always', restartPolicyRules: rules },
      ],
    },
    {
      initContainers: [
        { ...container, ...defaults, name: 'a' },
        { ...container, ...defaults, name: 'b', restartPolicy: 'Always' },
      ],
    },
  ],
  [
    'signals to stop by',
    { containers: [{ ...container, lifecycle: { stopSignal: 'SIGUSR1' } }] },
    { containers: [{ ...container, ...defaults }] },
  ],
  [
    'signals beside handlers',
    { containers: [{ ...container, lifecycle: { stopSignal: 'SIGUSR1', preStop: { exec: { command: ['x'] } } } }] },
    { containers: [{ ...container, ...defaults, lifecycle: { preStop: { exec: { command: ['x'] } } } }] },
  ],
  [
    'volumes of images, and what mounts them',
    {
      volumes: [
        { name: 'a', image: { reference: 'i:1' } },
        { name: 'b', emptyDir: {} },
      ],
      containers: [{ ...container, volumeMounts: mounts('a', 'b') }],
    },
    { volumes: [{ name: 'b', emptyDir: {} }], containers: [{ ...container, ...defaults, volumeMounts: mounts('b') }] },
  ],
  [
    'bundles of trust and certificates of pods',
    {
      volumes: [
        {
          name: 'v',
          projected: {
            sources: [
              { clusterTrustBundle: { name: 'x', path: 'p' } },
              { podCertificate: { signerName: 'a/b', keyType: 'ED25519', keyPath: 'k' } },
            ],
          },
        },
      ],
    },
    { volumes: [{ name: 'v', projected: { defaultMode: 420, sources: [{}, {}] } }] },
  ],
];

for (const [name, members, wanted] of cases) {
  test(`features that are off: ${name}`, () => {
    for (const found of stored(members)) assert.deepEqual(found, wanted);
  });
}

test('a variable whose only source belongs to a feature that is off has none', () => {
  assert.equal(
    complaint(kinds.pods, { spec: { containers: [{ ...container, env: [reader] }] } }),
    'spec.containers[0].env[0].valueFrom: Invalid value: "": must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`',
  );
});

test('an ephemeral container says nothing of restarts either', () => {
  const pod = created(kinds.pods, { spec: { containers: [container] } });
  const debug = { name: 'd', image: 'i:1', restartPolicy: 'Always', restartPolicyRules: rules };
  const spec = { containers: [container], ephemeralContainers: [debug] };
  const { ephemeralContainers } = Reflect.get(updated(kinds.pods, pod, { spec }, 'ephemeralcontainers'), 'spec');
  assert.deepEqual(ephemeralContainers, [{ name: 'd', image: 'i:1', ...defaults }]);
});

test('features that are off: what a status says of them', () => {
  const pod = created(kinds.pods, { spec: { containers: [container] } });
  const running = { name: 'c', ready: true, restartCount: 0, image: '', imageID: '' };
  const status = {
    containerStatuses: [{ ...running, allocatedResourcesStatus: [{ name: 'cpu' }] }],
    extendedResourceClaimStatus: { resourceClaimName: 'x', requestMappings: [] },
  };
  const now = Reflect.get(updated(kinds.pods, pod, { status }, 'status'), 'status');
  assert.deepEqual(now, { containerStatuses: [running], qosClass: 'BestEffort' });
});

test('annotations in which init containers once stood are dropped', () => {
  const old = { 'pod.beta.kubernetes.io/init-containers': '[]', 'pod.alpha.kubernetes.io/init-container-statuses': '[]' };
  const spec = { containers: [container] };
  const both = { metadata: { annotations: { ...old, a: 'b' } }, spec };
  assert.deepEqual(created(kinds.pods, both).metadata.annotations, { a: 'b' });
  assert.equal(created(kinds.pods, { metadata: { annotations: old }, spec }).metadata.annotations, undefined);
  assert.deepEqual(Reflect.get(created(kinds.podTemplates, { template: both }), 'template').metadata, {
    annotations: { a: 'b' },
  });
});
