import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EndpointSlice, Persisted, Pod, Service } from '@flotilla/api';
import { endpointsObject } from './endpoints.js';
import { planEndpoints } from './plan.js';
import { planSlices } from './slices.js';

const meta = (name: string) => ({
  name,
  namespace: 'ns',
  uid: `uid-${name}`,
  resourceVersion: '1',
  creationTimestamp: '2026-01-01T00:00:00Z',
});

function service(spec: Service['spec'] = {}): Persisted<Service> {
  const ports = [{ name: 'web', port: 80, targetPort: 'http', protocol: 'TCP' }];
  return { apiVersion: 'v1', kind: 'Service', metadata: meta('svc'), spec: { selector: { app: 'a' }, ports, ...spec } };
}

interface Traits {
  ready?: boolean;
  deleting?: boolean;
  phase?: string;
  ip?: string;
  port?: number;
  labels?: Record<string, string>;
}

function pod(
  name: string,
  { ready = true, deleting = false, phase = 'Running', ip = '10.0.0.1', port = 8080, labels = { app: 'a' } }: Traits = {},
): Persisted<Pod> {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...meta(name), labels, ...(deleting && { deletionTimestamp: '2026-01-01T00:00:00Z' }) },
    spec: { nodeName: 'n', containers: [{ name: 'c', ports: [{ name: 'http', containerPort: port, protocol: 'TCP' }] }] },
    status: { phase, ...(ip !== '' && { podIP: ip }), conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
  };
}

const conditionsOf = (s: Persisted<Service>, p: Persisted<Pod>) => planEndpoints(s, [p])[0]?.endpoints[0]?.conditions;

test('conditions: ready, serving, terminating', () => {
  const all = (ready: boolean, serving: boolean, terminating: boolean) => ({ ready, serving, terminating });
  assert.deepEqual(conditionsOf(service(), pod('p')), all(true, true, false));
  assert.deepEqual(conditionsOf(service(), pod('p', { ready: false })), all(false, false, false));
  assert.deepEqual(conditionsOf(service(), pod('p', { deleting: true })), all(false, true, true));
  assert.deepEqual(
    conditionsOf(service({ publishNotReadyAddresses: true }), pod('p', { ready: false })),
    all(true, false, false),
  );
});

test('pods that are not selected, have ended, or have no address, are left out', () => {
  const pods = [pod('a', { labels: { app: 'b' } }), pod('b', { phase: 'Succeeded' }), pod('c', { ip: '' })];
  assert.deepEqual(planEndpoints(service(), pods), []);
  assert.deepEqual(planEndpoints(service({ selector: {} }), [pod('p')]), []);
});

test('a named port may be another number in every pod', () => {
  const groups = planEndpoints(service(), [pod('a'), pod('b', { port: 9090 }), pod('c')]);
  assert.deepEqual(
    groups.map(({ ports, endpoints }) => [ports[0]?.port, endpoints.length]),
    [
      [8080, 2],
      [9090, 1],
    ],
  );
});

function persisted(slice: EndpointSlice): Persisted<EndpointSlice> {
  return { ...slice, metadata: { ...slice.metadata, ...meta(slice.metadata.name ?? '') } };
}

const many = (count: number) => Array.from({ length: count }, (_, i) => pod(`p${i}`, { ip: `10.0.${i >> 8}.${i & 255}` }));

test('slices hold 100 endpoints each; what is in one stays there, and what is not needed goes', () => {
  const s = service();
  const first = planSlices(s, planEndpoints(s, many(250)), []);
  assert.deepEqual(
    first.create.map(({ endpoints }) => endpoints.length),
    [100, 100, 50],
  );
  assert.equal(new Set(first.create.map(({ metadata }) => metadata.name)).size, 3);
  const slices = first.create.map(persisted);
  const same = planSlices(s, planEndpoints(s, many(250)), slices);
  assert.deepEqual([same.create, same.update, same.delete], [[], [], []]);
  const grown = planSlices(s, planEndpoints(s, many(251)), slices);
  assert.deepEqual(
    [grown.create.length, grown.update.map(({ metadata }) => metadata.name), grown.delete.length],
    [0, [slices[2]?.metadata.name], 0],
  );
  const shrunk = planSlices(s, planEndpoints(s, many(250).slice(200)), slices);
  assert.deepEqual([shrunk.create.length, shrunk.update.length, shrunk.delete.length], [0, 0, 2]);
});

test('a Service without endpoints has one empty slice, made once', () => {
  const s = service();
  const plan = planSlices(s, [], []);
  assert.deepEqual(
    plan.create.map(({ endpoints }) => endpoints),
    [[]],
  );
  const again = planSlices(s, [], plan.create.map(persisted));
  assert.deepEqual([again.create, again.update, again.delete], [[], [], []]);
  assert.equal(planSlices(s, [], []).create[0]?.metadata.name, plan.create[0]?.metadata.name);
});

test('Endpoints tell ready from not ready, and leave out what terminates', () => {
  const s = service();
  const pods = [
    pod('a', { ip: '10.0.0.2' }),
    pod('b', { ip: '10.0.0.10' }),
    pod('c', { ready: false }),
    pod('d', { deleting: true }),
  ];
  const [subset] = endpointsObject(s, planEndpoints(s, pods)).subsets ?? [];
  assert.deepEqual(
    subset?.addresses?.map(({ ip }) => ip),
    ['10.0.0.2', '10.0.0.10'],
  );
  assert.deepEqual(
    subset?.notReadyAddresses?.map(({ ip }) => ip),
    ['10.0.0.1'],
  );
  assert.deepEqual(subset?.ports, [{ name: 'web', port: 8080, protocol: 'TCP' }]);
});
