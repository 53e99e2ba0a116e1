import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kinds } from '../kinds/kinds.js';
import { complaint, created, updated } from '../testing/refusal.js';

const container = { name: 'c', image: 'i:1', resources: { requests: { cpu: '1', memory: '1Gi' } } };
const pod = { metadata: { labels: { a: 'b' } }, spec: { containers: [container] } };
const debug = { name: 'd', image: 'busybox:1' };
const spec = (members: object) => ({ spec: { ...pod.spec, ...members } });
const withResources = (resources: object, more: object = {}) => spec({ containers: [{ ...container, ...more, resources }] });

test('/ephemeralcontainers adds containers, counts that as a generation and changes nothing else', () => {
  const old = created(kinds.pods, pod);
  const wanted = { metadata: { labels: {} }, status: {}, spec: { containers: [], ephemeralContainers: [debug] } };
  const now = updated(kinds.pods, old, wanted, 'ephemeralcontainers');
  const { ephemeralContainers, ...rest } = Reflect.get(now, 'spec');
  assert.deepEqual(
    ephemeralContainers.map(({ name }: { name: string }) => name),
    ['d'],
  );
  assert.deepEqual(rest, Reflect.get(old, 'spec'));
  assert.deepEqual(Reflect.get(now, 'status'), Reflect.get(old, 'status'));
  assert.deepEqual(now.metadata, { ...old.metadata, generation: 2 });
});

const ephemeral: readonly [string, object, object, string][] = [
  [
    'one by a name that is taken',
    {},
    { ephemeralContainers: [{ ...debug, name: 'c' }] },
    'spec.ephemeralContainers[0].name: Duplicate value: "c"',
  ],
  [
    'one that looks at nothing',
    {},
    { ephemeralContainers: [{ ...debug, targetContainerName: 'x' }] },
    'spec.ephemeralContainers[0].targetContainerName: Not found: "x"',
  ],
  [
    'one that wants to be relied upon',
    {},
    { ephemeralContainers: [{ ...debug, ports: [{ containerPort: 1 }], resources: { limits: { cpu: '1' } } }] },
    '[spec.ephemeralContainers[0].ports: Forbidden: cannot be set for an Ephemeral Container, spec.ephemeralContainers[0].resources: Forbidden: cannot be set for an Ephemeral Container]',
  ],
];

for (const [name, metadata, members, wanted] of ephemeral) {
  test(`/ephemeralcontainers with ${name}`, () =>
    assert.equal(complaint(kinds.pods, { ...pod, metadata }, spec(members), 'ephemeralcontainers'), wanted));
}

test('/ephemeralcontainers neither removes nor changes one, and mirrors have none', () => {
  const old = updated(kinds.pods, created(kinds.pods, pod), spec({ ephemeralContainers: [debug] }), 'ephemeralcontainers');
  const refused = (list: object[]) => () => updated(kinds.pods, old, spec({ ephemeralContainers: list }), 'ephemeralcontainers');
  assert.throws(refused([]), /existing ephemeral containers "d" may not be removed/);
  assert.throws(refused([{ ...debug, image: 'other:1' }]), /existing ephemeral containers "d" may not be changed/);
  const mirror = { metadata: { annotations: { 'kubernetes.io/config.mirror': 'x' } }, spec: { ...pod.spec, nodeName: 'n' } };
  assert.match(
    complaint(kinds.pods, mirror, spec({ nodeName: 'n', ephemeralContainers: [debug] }), 'ephemeralcontainers'),
    /static pods do not support ephemeral containers/,
  );
  assert.equal(
    complaint(kinds.pods, spec({ ephemeralContainers: [debug] })),
    'spec.ephemeralContainers: Forbidden: cannot be set on create',
  );
});

test('/resize changes resources alone', () => {
  const old = created(kinds.pods, pod);
  const change = withResources({ requests: { cpu: '2', memory: '1Gi' } }, { image: 'other:1' });
  const now = Reflect.get(updated(kinds.pods, old, change, 'resize'), 'spec').containers[0];
  assert.deepEqual(now.resources, { requests: { cpu: '2', memory: '1Gi' } });
  assert.equal(now.image, 'i:1');
});

const sidecar = { name: 's', image: 'i:1', restartPolicy: 'Always', resources: { requests: { cpu: '1' } } };
const init = { name: 's', image: 'i:1', resources: { requests: { cpu: '1' } } };
const more = { ...init, resources: { requests: { cpu: '2' } } };
const resizes: readonly [string, object, object, string][] = [
  ['a sidecar', spec({ initContainers: [sidecar] }), spec({ initContainers: [{ ...sidecar, resources: more.resources }] }), ''],
  [
    'an init container',
    spec({ initContainers: [init] }),
    spec({ initContainers: [more] }),
    'spec: Forbidden: resources for non-sidecar init containers are immutable',
  ],
  [
    'another quality of service',
    pod,
    withResources({ limits: { cpu: '1', memory: '1Gi' } }),
    'spec: Invalid value: "Burstable": Pod QOS Class may not change as a result of resizing',
  ],
  [
    'a request less',
    pod,
    withResources({ requests: { cpu: '1' } }),
    'spec.containers[0].resources.requests: Forbidden: resource requests cannot be removed',
  ],
  [
    'a device',
    withResources({ requests: { cpu: '1' } }),
    withResources({ requests: { cpu: '1', 'example.com/gpu': '1' }, limits: { 'example.com/gpu': '1' } }),
    'spec: Forbidden: only cpu and memory resources are mutable',
  ],
  [
    'a container more',
    pod,
    spec({ containers: [container, debug] }),
    'spec.containers: Forbidden: containers may not be added or removed on resize',
  ],
  [
    'another name',
    pod,
    spec({ containers: [{ ...container, name: 'x' }] }),
    'spec.containers[0].name: Forbidden: containers may not be renamed or reordered on resize',
  ],
  [
    'whether that restarts it',
    pod,
    withResources(container.resources, { resizePolicy: [{ resourceName: 'cpu', restartPolicy: 'RestartContainer' }] }),
    'spec: Forbidden: only cpu and memory resources are mutable',
  ],
  [
    'a container that uses claims',
    spec({
      containers: [{ ...container, resources: { ...container.resources, claims: [{ name: 'a' }] } }],
      resourceClaims: [{ name: 'a', resourceClaimName: 'b' }],
    }),
    withResources({ requests: { cpu: '2', memory: '1Gi' } }),
    'spec: Forbidden: only cpu and memory resources are mutable',
  ],
  [
    'a Windows pod',
    spec({ os: { name: 'windows' } }),
    spec({ os: { name: 'windows' } }),
    ': Forbidden: windows pods cannot be resized',
  ],
  [
    'a pod with resources of its own',
    spec({ resources: { requests: { cpu: '4', memory: '4Gi' } } }),
    pod,
    ': Forbidden: pods with pod-level resources cannot be resized',
  ],
];

for (const [name, body, change, wanted] of resizes) {
  test(`/resize of ${name}`, () => assert.equal(complaint(kinds.pods, body, change, 'resize'), wanted));
}

test('/resize of a pod whose kubelet does not tell what its containers have', () => {
  const status = {
    containerStatuses: [{ name: 'c', ready: true, restartCount: 0, image: '', imageID: '', state: { running: {} } }],
  };
  const old = updated(kinds.pods, created(kinds.pods, pod), { status }, 'status');
  assert.throws(
    () => updated(kinds.pods, old, withResources({ requests: { cpu: '2', memory: '1Gi' } }), 'resize'),
    /spec: Forbidden: Pod running on node without support for resize/,
  );
});

const ended = { name: 'c', ready: false, restartCount: 0, image: '', imageID: '', state: { terminated: { exitCode: 0 } } };
const running = { ...ended, state: { running: {} } };

test('/status: what has ended for good does not run again, and the quality of service stays', () => {
  const once = created(kinds.pods, spec({ restartPolicy: 'Never' }));
  const over = updated(kinds.pods, once, { status: { phase: 'Succeeded', containerStatuses: [ended] } }, 'status');
  assert.equal(Reflect.get(over, 'status').qosClass, 'Burstable');
  assert.throws(
    () => updated(kinds.pods, over, { status: { containerStatuses: [running] } }, 'status'),
    /status\.containerStatuses\[0\]\.state: Forbidden: may not be transitioned to non-terminated state/,
  );
  const said = (status: object) => complaint(kinds.pods, pod, { status }, 'status');
  assert.equal(said({ containerStatuses: [running] }), '');
  assert.equal(said({ qosClass: 'Guaranteed' }), 'status.qosClass: Invalid value: "Guaranteed": field is immutable');
  assert.equal(
    said({ podIPs: [{ ip: '10.0.0.1' }, { ip: '10.0.0.2' }] }),
    'status.podIPs: Invalid value: [{"IP":"10.0.0.1"},{"IP":"10.0.0.2"}]: may specify no more than one IP for each IP family',
  );
  assert.equal(
    said({ hostIP: '10.0.0.1', hostIPs: [{ ip: '10.0.0.2' }] }),
    'status.hostIPs[0].ip: Invalid value: "10.0.0.2": must be equal to `hostIP`',
  );
});
