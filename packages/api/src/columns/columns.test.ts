import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Definition } from '../definition.js';
import { kinds } from '../kinds/kinds.js';
import { ageText, sinceText } from './column.js';
import { tableOf } from './table.js';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
const year = 365 * day;

const ages: readonly [number, string][] = [
  [-2 * second, '<invalid>'],
  [-500, '0s'],
  [0, '0s'],
  [119 * second, '119s'],
  [2 * minute, '2m'],
  [2 * minute + 5 * second, '2m5s'],
  [10 * minute, '10m'],
  [179 * minute, '179m'],
  [3 * hour, '3h'],
  [3 * hour + 5 * minute, '3h5m'],
  [8 * hour + 5 * minute, '8h'],
  [47 * hour, '47h'],
  [2 * day, '2d'],
  [2 * day + hour, '2d1h'],
  [8 * day + hour, '8d'],
  [2 * year, '2y'],
  [2 * year + day, '2y1d'],
  [9 * year, '9y'],
];

for (const [durationMs, wanted] of ages)
  test(`${durationMs} ms ago is ${wanted}`, () => assert.equal(ageText(durationMs), wanted));

test('what has no time has no age', () => {
  assert.equal(sinceText(undefined, 0), '<unknown>');
  assert.equal(sinceText('soon', 0), '<unknown>');
});

const nowMs = Date.parse('2024-01-01T01:00:00Z');
const metadata = { name: 'x', namespace: 'default', creationTimestamp: '2024-01-01T00:00:00Z' };

/** The cells of one row; wide ones after a bar. */
function row(definition: Definition, members: object): string {
  const object = { apiVersion: 'v1', kind: definition.kind, metadata, ...members };
  const cells = tableOf(definition, [object], nowMs).rows[0]?.cells ?? [];
  const part = (priority: number) => cells.filter((_, index) => definition.columns[index]?.priority === priority).join(' ');
  return `${part(0)} | ${part(1)}`;
}

const containers = [{ name: 'a' }, { name: 'b' }];
const running = (name: string, more: object = {}) => ({ name, ready: true, restartCount: 0, state: { running: {} }, ...more });
const podOf = (status: object, spec: object = {}, meta: object = {}) => ({
  metadata: { ...metadata, ...meta },
  spec: { containers, ...spec },
  status,
});

const rows: readonly [string, Definition, object, string][] = [
  ['a pending pod', kinds.pods, podOf({ phase: 'Pending' }), 'x 0/2 Pending 0 60m | <none> <none> <none> <none>'],
  [
    'a running pod',
    kinds.pods,
    podOf(
      { phase: 'Running', podIPs: [{ ip: '10.0.0.1' }], containerStatuses: [running('a'), running('b', { ready: false })] },
      { nodeName: 'n' },
    ),
    'x 1/2 Running 0 60m | 10.0.0.1 n <none> <none>',
  ],
  [
    'a restarting pod',
    kinds.pods,
    podOf({
      phase: 'Running',
      containerStatuses: [
        {
          name: 'a',
          ready: false,
          restartCount: 3,
          state: { waiting: { reason: 'CrashLoopBackOff' } },
          lastState: { terminated: { exitCode: 1, finishedAt: '2024-01-01T00:55:00Z' } },
        },
        running('b'),
      ],
    }),
    'x 1/2 CrashLoopBackOff 3 (5m ago) 60m | <none> <none> <none> <none>',
  ],
  [
    'a completed pod',
    kinds.pods,
    podOf({
      phase: 'Succeeded',
      containerStatuses: [
        { name: 'a', ready: false, restartCount: 0, state: { terminated: { exitCode: 0, reason: 'Completed' } } },
      ],
    }),
    'x 0/2 Completed 0 60m | <none> <none> <none> <none>',
  ],
  [
    'a failed pod',
    kinds.pods,
    podOf({
      phase: 'Failed',
      containerStatuses: [{ name: 'a', ready: false, restartCount: 0, state: { terminated: { exitCode: 3 } } }],
    }),
    'x 0/2 ExitCode:3 0 60m | <none> <none> <none> <none>',
  ],
  [
    'an evicted pod',
    kinds.pods,
    podOf({ phase: 'Failed', reason: 'Evicted' }),
    'x 0/2 Evicted 0 60m | <none> <none> <none> <none>',
  ],
  [
    'a pod that ends',
    kinds.pods,
    podOf(
      { phase: 'Running', containerStatuses: [running('a'), running('b')] },
      {},
      { deletionTimestamp: '2024-01-01T00:59:00Z' },
    ),
    'x 2/2 Terminating 0 60m | <none> <none> <none> <none>',
  ],
  [
    'a pod that initialises',
    kinds.pods,
    podOf(
      { phase: 'Pending', initContainerStatuses: [{ name: 'i', ready: false, restartCount: 0, state: { running: {} } }] },
      { initContainers: [{ name: 'i' }] },
    ),
    'x 0/2 Init:0/1 0 60m | <none> <none> <none> <none>',
  ],
  [
    'a pod with a sidecar',
    kinds.pods,
    podOf(
      {
        phase: 'Running',
        initContainerStatuses: [running('s', { started: true })],
        containerStatuses: [running('a'), running('b')],
      },
      { initContainers: [{ name: 's', restartPolicy: 'Always' }] },
    ),
    'x 3/3 Running 0 60m | <none> <none> <none> <none>',
  ],
  [
    'a ready node',
    kinds.nodes,
    {
      metadata: { ...metadata, labels: { 'node-role.kubernetes.io/worker': '', 'node-role.kubernetes.io/control-plane': '' } },
      spec: { unschedulable: true },
      status: {
        conditions: [{ type: 'Ready', status: 'True' }],
        addresses: [{ type: 'InternalIP', address: '10.0.0.1' }],
        nodeInfo: { kubeletVersion: 'v1', osImage: 'Debian', kernelVersion: '6', containerRuntimeVersion: 'process://1' },
      },
    },
    'x Ready,SchedulingDisabled control-plane,worker 60m v1 | 10.0.0.1 <none> Debian 6 process://1',
  ],
  ['an unknown node', kinds.nodes, { spec: {} }, 'x Unknown <none> 60m  | <none> <none> <unknown> <unknown> <unknown>'],
  [
    'a deployment',
    kinds.deployments,
    {
      spec: {
        replicas: 3,
        selector: { matchLabels: { app: 'a' } },
        template: {
          spec: {
            containers: [
              { name: 'c', image: 'i' },
              { name: 'd', image: 'j' },
            ],
          },
        },
      },
      status: { readyReplicas: 2, updatedReplicas: 3, availableReplicas: 1 },
    },
    'x 2/3 3 1 60m | c,d i,j app=a',
  ],
  [
    'a replica set',
    kinds.replicaSets,
    {
      spec: {
        replicas: 3,
        selector: { matchLabels: { app: 'a' } },
        template: { spec: { containers: [{ name: 'c', image: 'i' }] } },
      },
      status: { replicas: 2, readyReplicas: 1 },
    },
    'x 3 2 1 60m | c i app=a',
  ],
  [
    'a service on nodes',
    kinds.services,
    {
      spec: {
        type: 'NodePort',
        clusterIP: '10.0.0.1',
        selector: { app: 'a' },
        ports: [
          { port: 80, nodePort: 30_001, protocol: 'TCP' },
          { port: 53, protocol: 'UDP' },
        ],
      },
    },
    'x NodePort 10.0.0.1 <none> 80:30001/TCP,53/UDP 60m | app=a',
  ],
  [
    'a load balancer to be',
    kinds.services,
    { spec: { type: 'LoadBalancer', clusterIP: '10.0.0.1' } },
    'x LoadBalancer 10.0.0.1 <pending> <none> 60m | <none>',
  ],
  [
    'an external name',
    kinds.services,
    { spec: { type: 'ExternalName', externalName: 'example.com' } },
    'x ExternalName <none> example.com <none> 60m | <none>',
  ],
  [
    'endpoints',
    kinds.endpoints,
    {
      subsets: [
        { addresses: [{ ip: '10.0.0.1' }, { ip: '10.0.0.2' }, { ip: '10.0.0.3' }, { ip: '10.0.0.4' }], ports: [{ port: 80 }] },
      ],
    },
    'x 10.0.0.1:80,10.0.0.2:80,10.0.0.3:80 + 1 more... 60m | ',
  ],
  [
    'an endpoint slice',
    kinds.endpointSlices,
    { addressType: 'IPv4', ports: [{ port: 80 }], endpoints: [{ addresses: ['10.0.0.1'] }] },
    'x IPv4 80 10.0.0.1 60m | ',
  ],
  ['a config map', kinds.configMaps, { data: { a: '' }, binaryData: { b: '' } }, 'x 2 60m | '],
  ['a secret', kinds.secrets, { type: 'Opaque' }, 'x Opaque 0 60m | '],
  ['a lease', kinds.leases, { spec: { holderIdentity: 'me' } }, 'x me 60m | '],
  ['a role', kinds.roles, {}, 'x 2024-01-01T00:00:00Z | '],
  [
    'a role binding',
    kinds.roleBindings,
    {
      roleRef: { kind: 'Role', name: 'r' },
      subjects: [
        { kind: 'User', name: 'u' },
        { kind: 'ServiceAccount', namespace: 'n', name: 's' },
      ],
    },
    'x Role/r 60m | u  n/s',
  ],
  [
    'an event',
    kinds.events,
    {
      involvedObject: { kind: 'Pod', name: 'p' },
      type: 'Normal',
      reason: 'Started',
      message: 'm\n',
      lastTimestamp: '2024-01-01T00:59:00Z',
      firstTimestamp: '2024-01-01T00:58:00Z',
      count: 2,
      source: { component: 'kubelet', host: 'n' },
    },
    '60s Normal Started pod/p m |  kubelet, n 2m 2 x',
  ],
];

for (const [name, definition, members, wanted] of rows)
  test(`the row of ${name}`, () => assert.equal(row(definition, members), wanted));

test('rows carry what was asked for', () => {
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { a: 'b' } };
  const carried = (includeObject: 'None' | 'Metadata' | 'Object') =>
    tableOf(kinds.configMaps, [object], nowMs, { includeObject }).rows[0]?.object;
  assert.equal(carried('None'), undefined);
  assert.deepEqual(carried('Metadata'), { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata });
  assert.deepEqual(carried('Object'), object);
  assert.deepEqual(tableOf(kinds.configMaps, [object], nowMs, { columns: false }).columnDefinitions, []);
});
