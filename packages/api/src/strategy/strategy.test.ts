import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Definition } from '../definition.js';
import { StatusError } from '../errors/status-error.js';
import { cloneJson, type Mutable } from '../json.js';
import { kinds } from '../kinds/kinds.js';
import type { KubernetesObject } from '../objects.js';
import { decodeObject } from './decode-object.js';
import { applyDefaults, prepareForCreate, prepareForStatusUpdate, prepareForUpdate } from './prepare.js';
import { checkCreate, checkUpdate } from './validate.js';

// biome-ignore lint/suspicious/noExplicitAny: these tests reach into specs of several kinds
type Loose = Mutable<KubernetesObject> & { spec: Record<string, any>; status: Record<string, any> };

function created(definition: Definition, body: object): Loose {
  const { object } = decodeObject(definition, body);
  applyDefaults(definition, object);
  prepareForCreate(definition, object);
  object.metadata = { namespace: 'default', ...object.metadata, uid: 'u', creationTimestamp: '2024-01-01T00:00:00Z' };
  if (!definition.namespaced) delete object.metadata.namespace;
  checkCreate(definition, object);
  return object as Loose; // checked
}

function updated(definition: Definition, old: Loose, change: (object: Loose) => void): Loose {
  const draft = cloneJson(old);
  change(draft);
  applyDefaults(definition, draft);
  prepareForUpdate(definition, draft, old);
  checkUpdate(definition, draft, old);
  return draft;
}

function refusal(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof StatusError) return error.message.replace(/^.*? is invalid: /, '');
    throw error;
  }
  return '';
}

const now = '2026-01-02T03:04:05Z';
const template = { metadata: { labels: { app: 'a' } }, spec: { containers: [{ name: 'c', image: 'i:1' }] } };
const deployment = { metadata: { name: 'd' }, spec: { selector: { matchLabels: { app: 'a' } }, template } };
const pod = { metadata: { name: 'p' }, spec: template.spec };
const service = { metadata: { name: 's' }, spec: { ports: [{ port: 80 }] } };

test('a deployment has the defaults of Kubernetes', () => {
  const { spec } = created(kinds.deployments, deployment);
  assert.deepEqual(spec, {
    replicas: 1,
    revisionHistoryLimit: 10,
    progressDeadlineSeconds: 600,
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } },
    selector: { matchLabels: { app: 'a' } },
    template: {
      metadata: { labels: { app: 'a' } },
      spec: {
        containers: [
          {
            name: 'c',
            image: 'i:1',
            imagePullPolicy: 'IfNotPresent',
            terminationMessagePath: '/dev/termination-log',
            terminationMessagePolicy: 'File',
            resources: {},
          },
        ],
        dnsPolicy: 'ClusterFirst',
        restartPolicy: 'Always',
        schedulerName: 'default-scheduler',
        securityContext: {},
        terminationGracePeriodSeconds: 30,
      },
    },
  });
});

test('clients decide neither status nor generation nor deletion of what they create', () => {
  const meta = { name: 'd', generation: 7, deletionTimestamp: '2024-01-01T00:00:00Z', selfLink: '/x' };
  const object = created(kinds.deployments, { ...deployment, metadata: meta, status: { replicas: 9 } });
  assert.deepEqual(object.status, {});
  assert.equal(object.metadata.generation, 1);
  assert.equal(object.metadata.deletionTimestamp, undefined);
  assert.deepEqual(created(kinds.pods, { ...pod, status: { phase: 'Running' } }).status, {
    phase: 'Pending',
    qosClass: 'BestEffort',
  });
});

test('the generation counts changes of the spec alone, and the main resource keeps the status', () => {
  const old = created(kinds.deployments, deployment);
  old.status = { replicas: 1 };
  const relabelled = updated(kinds.deployments, old, (object) => {
    object.metadata.labels = { a: 'b' };
    object.status = { replicas: 5 };
  });
  assert.equal(relabelled.metadata.generation, 1);
  assert.deepEqual(relabelled.status, { replicas: 1 });
  const rescaled = updated(kinds.deployments, old, (object) => {
    object.spec['replicas'] = 3;
    object.metadata.generation = 40;
  });
  assert.equal(rescaled.metadata.generation, 2);
});

test('a status update changes the status alone', () => {
  const old = created(kinds.deployments, deployment);
  const draft = cloneJson(old);
  draft.spec['replicas'] = 9;
  draft.status = { replicas: 2 };
  draft.metadata.labels = { a: 'b' };
  draft.metadata.deletionTimestamp = '2026-01-01T00:00:00Z';
  prepareForStatusUpdate(kinds.deployments, draft, old, now);
  assert.deepEqual(draft, { ...old, status: { replicas: 2 } });
});

test('which metadata an update of the status may change too', () => {
  const metadata = {
    labels: { a: 'b' },
    annotations: { c: 'd' },
    finalizers: ['example.com/x'],
    ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'u' }],
  };
  const kept = (definition: Definition) => {
    const old = { apiVersion: 'v1', kind: definition.kind, metadata: { name: 'x' }, spec: {} };
    const draft = { ...cloneJson(old), metadata: { ...old.metadata, ...metadata } };
    prepareForStatusUpdate(definition, draft, old, now);
    return Object.keys(metadata).filter((name) => !Object.hasOwn(draft.metadata, name));
  };
  assert.deepEqual(kept(kinds.nodes as unknown as Definition), []);
  assert.deepEqual(kept(kinds.pods as unknown as Definition), ['ownerReferences']);
  assert.deepEqual(kept(kinds.deployments as unknown as Definition), ['labels']);
  assert.deepEqual(kept(kinds.flowSchemas as unknown as Definition), Object.keys(metadata));
});

test('qualities of service', () => {
  const quality = (...resources: object[]) => {
    const containers = resources.map((each, index) => ({ name: `c${index}`, image: 'i', resources: each }));
    return created(kinds.pods, { metadata: { name: 'p' }, spec: { containers } }).status['qosClass'];
  };
  const both = { cpu: '1', memory: '1Gi' };
  assert.equal(quality({}), 'BestEffort');
  assert.equal(quality({ limits: both }), 'Guaranteed');
  assert.equal(quality({ limits: both, requests: { cpu: '1000m', memory: '1024Mi' } }), 'Guaranteed');
  assert.equal(quality({ limits: both }, {}), 'Burstable');
  assert.equal(quality({ limits: both, requests: { cpu: '500m' } }), 'Burstable');
  assert.equal(quality({ requests: { cpu: '1' } }), 'Burstable');
});

test('how long a pod may take to end', () => {
  const grace = (change: object, requested?: number) =>
    kinds.pods.gracePeriodSeconds?.({ ...created(kinds.pods, pod), ...change } as never, requested);
  const bound = { spec: { nodeName: 'n', containers: [], terminationGracePeriodSeconds: 30 } };
  assert.equal(grace({}), 0, 'no node has it');
  assert.equal(grace(bound), 30);
  assert.equal(grace(bound, 5), 5);
  assert.equal(grace(bound, 0), 0);
  assert.equal(grace(bound, -1), 1);
  assert.equal(grace({ ...bound, status: { phase: 'Succeeded' } }, 5), 0);
});

test('a service keeps what was allotted to it', () => {
  const old = created(kinds.services, { ...service, spec: { ...service.spec, type: 'NodePort' } });
  Object.assign(old.spec, { clusterIP: '10.0.0.1', clusterIPs: ['10.0.0.1'], ipFamilies: ['IPv4'] });
  old.spec['ports'][0].nodePort = 30_001;
  const { spec } = updated(kinds.services, old, (object) => {
    object.spec = { type: 'NodePort', ports: [{ port: 81 }] };
  });
  assert.equal(spec['clusterIP'], '10.0.0.1');
  assert.deepEqual(spec['clusterIPs'], ['10.0.0.1']);
  assert.deepEqual(
    spec['ports'].map(({ nodePort }: { nodePort?: number }) => nodePort),
    [30_001],
  );
  assert.match(
    refusal(() => updated(kinds.services, old, (object) => Object.assign(object.spec, { clusterIP: '10.0.0.2' }))),
    /spec\.clusterIPs\[0\]: Invalid value: \["10\.0\.0\.2"\]: may not change once set/,
  );
});

test('text of a secret is encoded, and wins', () => {
  const secret = created(kinds.secrets, { metadata: { name: 's' }, data: { a: 'eA==', b: 'eQ==' }, stringData: { a: 'z' } });
  assert.deepEqual(Reflect.get(secret, 'data'), { a: 'eg==', b: 'eQ==' });
  assert.equal(Reflect.get(secret, 'stringData'), undefined);
});

test('what an update may not change', () => {
  const d = created(kinds.deployments, deployment);
  const p = created(kinds.pods, pod);
  const cases: readonly [string, () => unknown, RegExp][] = [
    [
      'name',
      () => updated(kinds.pods, p, (o) => Object.assign(o.metadata, { name: 'q' })),
      /^metadata\.name: Invalid value: "q": field is immutable$/,
    ],
    [
      'uid',
      () => updated(kinds.pods, p, (o) => Object.assign(o.metadata, { uid: 'v' })),
      /^metadata\.uid: Invalid value: "v": field is immutable$/,
    ],
    [
      'selector',
      () =>
        updated(kinds.deployments, d, ({ spec }) => {
          spec['selector'] = { matchLabels: { app: 'b' } };
          spec['template'].metadata.labels = { app: 'b' };
        }),
      /^spec\.selector: Invalid value: \{"matchLabels":\{"app":"b"\}\}: field is immutable$/,
    ],
    [
      'command',
      () => updated(kinds.pods, p, ({ spec }) => Object.assign(spec['containers'][0], { command: ['x'] })),
      /^spec: Forbidden: pod updates may not change fields other than .*\n\+ {3}"command": \[\n\+ {4}"x"\n/s,
    ],
    [
      'containers',
      () => updated(kinds.pods, p, ({ spec }) => spec['containers'].push({ name: 'n', image: 'i' })),
      /^spec\.containers: Forbidden: pod updates may not add or remove containers$/,
    ],
    ['image', () => updated(kinds.pods, p, ({ spec }) => Object.assign(spec['containers'][0], { image: 'j:2' })), /^$/],
    [
      'tolerations',
      () => updated(kinds.pods, p, ({ spec }) => Object.assign(spec, { tolerations: [{ operator: 'Exists' }] })),
      /^$/,
    ],
    [
      'finalizers of what is going',
      () =>
        updated(kinds.pods, { ...p, metadata: { ...p.metadata, deletionTimestamp: '2024-01-01T00:00:00Z' } }, (o) =>
          Object.assign(o.metadata, { finalizers: ['example.com/x'] }),
        ),
      /^metadata\.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers \[\]string\{"example\.com\/x"\}$/,
    ],
  ];
  for (const [name, run, message] of cases) assert.match(refusal(run), message, name);
});
