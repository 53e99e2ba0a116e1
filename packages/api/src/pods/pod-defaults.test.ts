import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kinds } from '../kinds/kinds.js';
import { complaint, created, updated } from '../testing/refusal.js';

const container = { name: 'c', image: 'i:1' };
const podOf = (members: object) => created(kinds.pods, { spec: { containers: [container], ...members } });
const specOf = (members: object) => Reflect.get(podOf(members), 'spec');

test('ports of the host network are filled in for pods, and not for templates', () => {
  const init = { name: 'i', image: 'i:1', ports: [{ containerPort: 81 }] };
  const members = { hostNetwork: true, containers: [{ ...container, ports: [{ containerPort: 80 }] }], initContainers: [init] };
  const { containers, initContainers } = specOf(members);
  assert.deepEqual(containers[0].ports, [{ containerPort: 80, hostPort: 80, protocol: 'TCP' }]);
  assert.deepEqual(initContainers[0].ports, [{ containerPort: 81, hostPort: 81, protocol: 'TCP' }]);
  const template = Reflect.get(created(kinds.podTemplates, { template: { spec: members } }), 'template');
  assert.deepEqual(template.spec.containers[0].ports, [{ containerPort: 80, protocol: 'TCP' }]);
});

test('a pod that may take less than no time to end takes a second; a template keeps what it says', () => {
  const members = { containers: [container], terminationGracePeriodSeconds: -5 };
  assert.equal(specOf(members).terminationGracePeriodSeconds, 1);
  const template = Reflect.get(created(kinds.podTemplates, { template: { spec: members } }), 'template');
  assert.equal(template.spec.terminationGracePeriodSeconds, -5);
});

test('what shows something of its own pod says of which version, and divided by what', () => {
  const shows = { fieldRef: { fieldPath: 'metadata.name' }, resourceFieldRef: { containerName: 'c', resource: 'limits.cpu' } };
  const wanted = {
    fieldRef: { ...shows.fieldRef, apiVersion: 'v1' },
    resourceFieldRef: { ...shows.resourceFieldRef, divisor: '0' },
  };
  const each = Object.entries(shows).map(([name, reference]) => ({ [name]: reference }));
  const filled = Object.entries(wanted).map(([name, reference]) => ({ [name]: reference }));
  const downwardAPI = { items: each.map((one, index) => ({ ...one, path: `f${index}` })) };
  const spec = specOf({
    containers: [{ ...container, env: each.map((valueFrom, index) => ({ name: `V${index}`, valueFrom })) }],
    volumes: [
      { name: 'a', downwardAPI },
      { name: 'b', projected: { sources: [{ downwardAPI }] } },
    ],
  });
  const files = filled.map((one, index) => ({ ...one, path: `f${index}` }));
  assert.deepEqual(
    spec.containers[0].env,
    filled.map((valueFrom, index) => ({ name: `V${index}`, valueFrom })),
  );
  assert.deepEqual(spec.volumes[0].downwardAPI.items, files);
  assert.deepEqual(spec.volumes[1].projected.sources, [{ downwardAPI: { items: files } }]);
});

test('a pod that is gated says since when', () => {
  const creationTimestamp = '2024-01-01T00:00:00Z';
  const spec = { containers: [container], schedulingGates: [{ name: 'a.b/c' }] };
  const { conditions } = Reflect.get(created(kinds.pods, { metadata: { creationTimestamp }, spec }), 'status');
  assert.deepEqual(conditions, [
    {
      type: 'PodScheduled',
      status: 'False',
      lastTransitionTime: creationTimestamp,
      reason: 'SchedulingGated',
      message: 'Scheduling is blocked due to non-empty scheduling gates',
    },
  ]);
});

test('amounts that are finer than thousandths are rounded up', () => {
  const fine = { requests: { cpu: '100u', memory: '1Ki' }, limits: { cpu: '1500100n' } };
  const claim = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '0.0011' } } };
  const volumes = [{ name: 'v', ephemeral: { volumeClaimTemplate: { spec: claim } } }];
  const spec = specOf({ containers: [{ ...container, resources: fine }], overhead: { cpu: '1u' }, volumes });
  assert.deepEqual(spec.containers[0].resources, { requests: { cpu: '1m', memory: '1Ki' }, limits: { cpu: '2m' } });
  assert.deepEqual(spec.overhead, { cpu: '1m' });
  assert.deepEqual(spec.volumes[0].ephemeral.volumeClaimTemplate.spec.resources, { requests: { storage: '2m' } });
});

const withResources = (resources: object) => ({ ...container, resources });
const whole: readonly [string, object, object[], object | undefined][] = [
  ['nothing', {}, [withResources({ requests: { cpu: '1' } })], {}],
  ['requests alone', { requests: { cpu: '2' } }, [withResources({ requests: { memory: '1Gi' } })], { requests: { cpu: '2' } }],
  [
    'limits alone',
    { limits: { cpu: '2', memory: '1Gi' } },
    [container],
    { limits: { cpu: '2', memory: '1Gi' }, requests: { cpu: '2', memory: '1Gi' } },
  ],
  [
    'limits, while its containers ask for something',
    { limits: { cpu: '2' } },
    [withResources({ requests: { cpu: '500m', memory: '1Gi' } }), { ...withResources({ requests: { cpu: '250m' } }), name: 'd' }],
    { limits: { cpu: '2' }, requests: { cpu: '750m', memory: '1Gi' } },
  ],
  [
    'limits, while its containers have huge pages',
    { limits: { cpu: '2' } },
    [withResources({ requests: { cpu: '1' }, limits: { cpu: '1', 'hugepages-2Mi': '4Mi' } })],
    { limits: { cpu: '2', 'hugepages-2Mi': '4Mi' }, requests: { cpu: '1', 'hugepages-2Mi': '4Mi' } },
  ],
];

for (const [name, resources, containers, wanted] of whole) {
  test(`a pod that says of its resources as a whole: ${name}`, () =>
    assert.deepEqual(specOf({ resources, containers }).resources, wanted));
}

const qualities: readonly [string, object, object[], string][] = [
  ['no amounts', {}, [withResources({ requests: { cpu: '1' } })], 'BestEffort'],
  ['equal amounts', { limits: { cpu: '1', memory: '1Gi' } }, [container], 'Guaranteed'],
  ['a limit of CPU alone', { limits: { cpu: '1' } }, [withResources({ limits: { cpu: '1', memory: '1Gi' } })], 'Burstable'],
  ['requests alone', { requests: { cpu: '1' } }, [container], 'Burstable'],
];

for (const [name, resources, containers, wanted] of qualities) {
  test(`the quality of service of a pod that says of itself: ${name}`, () =>
    assert.equal(Reflect.get(podOf({ resources, containers }), 'status').qosClass, wanted));
}

const addresses: readonly [string, object, object][] = [
  ['the first alone', { podIP: '10.0.0.1' }, { podIP: '10.0.0.1', podIPs: [{ ip: '10.0.0.1' }] }],
  [
    'all',
    { podIPs: [{ ip: '10.0.0.1' }, { ip: 'fd00::1' }] },
    { podIP: '10.0.0.1', podIPs: [{ ip: '10.0.0.1' }, { ip: 'fd00::1' }] },
  ],
  ['others', { podIP: '10.0.0.2', podIPs: [{ ip: '10.0.0.1' }] }, { podIP: '10.0.0.2', podIPs: [{ ip: '10.0.0.2' }] }],
];

for (const [name, status, wanted] of addresses) {
  test(`addresses of a pod, of which a status tells ${name}`, () => {
    const now = Reflect.get(updated(kinds.pods, podOf({}), { status }, 'status'), 'status');
    assert.deepEqual({ podIP: now.podIP, podIPs: now.podIPs }, wanted);
  });
}

test('a pod template that says nothing lacks containers', () => {
  assert.equal(complaint(kinds.podTemplates, {}), 'template.spec.containers: Required value');
});
