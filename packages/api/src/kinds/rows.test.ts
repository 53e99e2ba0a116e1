import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tableOf } from '../columns/table.js';
import type { Definition } from '../definition.js';
import { row, rowMetadata } from '../testing/row.js';
import { kinds } from './kinds.js';

const metadata = rowMetadata;

const csr = (conditions: readonly string[], certificate?: string) => ({
  spec: { signerName: 's', username: 'u' },
  status: { conditions: conditions.map((type) => ({ type })), certificate },
});

const rows: readonly [string, Definition, object, string][] = [
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
  [
    'a daemon set',
    kinds.daemonSets,
    {
      spec: {
        selector: { matchLabels: { app: 'a' } },
        template: { spec: { nodeSelector: { b: 'c' }, containers: [{ name: 'c', image: 'i' }] } },
      },
      status: { desiredNumberScheduled: 3, numberReady: 2 },
    },
    'x 3 0 2 0 0 b=c 60m | c i app=a',
  ],
  [
    'a stateful set',
    kinds.statefulSets,
    { spec: { replicas: 2, template: { spec: { containers: [{ name: 'c', image: 'i' }] } } }, status: { readyReplicas: 1 } },
    'x 1/2 60m | c i',
  ],
  [
    'a job that has ended',
    kinds.jobs,
    {
      spec: {
        completions: 2,
        selector: { matchLabels: { a: 'b' } },
        template: { spec: { containers: [{ name: 'c', image: 'i' }] } },
      },
      status: {
        succeeded: 2,
        startTime: '2024-01-01T00:00:00Z',
        completionTime: '2024-01-01T00:00:30Z',
        conditions: [{ type: 'Complete', status: 'True' }],
      },
    },
    'x Complete 2/2 30s 60m | c i a=b',
  ],
  ['a job that waits', kinds.jobs, { spec: { parallelism: 2, template: {} } }, 'x Running 0/1 of 2  60m |   <none>'],
  [
    'a cron job',
    kinds.cronJobs,
    {
      spec: {
        schedule: '* * * * *',
        suspend: true,
        jobTemplate: { spec: { template: { spec: { containers: [{ name: 'c', image: 'i' }] } } } },
      },
      status: { active: [{}], lastScheduleTime: '2024-01-01T00:59:00Z' },
    },
    'x * * * * * <none> True 1 60s 60m | c i <none>',
  ],
  [
    'an autoscaler',
    kinds.horizontalPodAutoscalers,
    {
      spec: {
        minReplicas: 1,
        maxReplicas: 5,
        scaleTargetRef: { kind: 'Deployment', name: 'd' },
        metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } }],
      },
      status: {
        currentReplicas: 2,
        currentMetrics: [{ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 40 } } }],
      },
    },
    'x Deployment/d cpu: 40%/80% 1 5 2 60m | ',
  ],
  [
    'a disruption budget',
    kinds.podDisruptionBudgets,
    { spec: { minAvailable: '50%' }, status: { disruptionsAllowed: 1 } },
    'x 50% N/A 1 60m | ',
  ],
  [
    'an ingress',
    kinds.ingresses,
    {
      spec: { ingressClassName: 'c', rules: [{ host: 'a.b' }], tls: [{}] },
      status: { loadBalancer: { ingress: [{ ip: '10.0.0.1' }] } },
    },
    'x c a.b 10.0.0.1 80, 443 60m | ',
  ],
  ['a network policy', kinds.networkPolicies, { spec: { podSelector: {} } }, 'x <none> 60m | '],
  [
    'a volume',
    kinds.persistentVolumes,
    {
      spec: {
        capacity: { storage: '1Gi' },
        accessModes: ['ReadWriteMany', 'ReadWriteOnce'],
        persistentVolumeReclaimPolicy: 'Retain',
        claimRef: { namespace: 'n', name: 'c' },
        volumeMode: 'Block',
      },
      status: { phase: 'Bound' },
    },
    'x 1Gi RWO,RWX Retain Bound n/c  <unset>  60m | Block',
  ],
  [
    'a claim',
    kinds.persistentVolumeClaims,
    {
      spec: { volumeName: 'v', storageClassName: 's', volumeMode: 'Filesystem' },
      status: { phase: 'Bound', capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'] },
    },
    'x Bound v 1Gi RWO s <unset> 60m | Filesystem',
  ],
  [
    'a class',
    kinds.storageClasses,
    { metadata: { ...metadata, annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } }, provisioner: 'p' },
    'x (default) p Delete Immediate false 60m | ',
  ],
  ['a priority', kinds.priorityClasses, { value: 5 }, 'x 5 false 60m PreemptLowerPriority | '],
  [
    'a quota',
    kinds.resourceQuotas,
    { status: { hard: { pods: '4', 'limits.cpu': '2' }, used: { pods: '1' } } },
    'x pods: 1/4 limits.cpu: 0/2 60m | ',
  ],
  [
    'a signing request',
    kinds.certificateSigningRequests,
    {
      spec: { signerName: 's', username: 'u', expirationSeconds: 3600 },
      status: { certificate: 'eA==', conditions: [{ type: 'Approved', status: 'True' }] },
    },
    'x 60m s u 60m Approved,Issued | ',
  ],
  [
    'a revision',
    kinds.controllerRevisions,
    {
      metadata: {
        ...metadata,
        ownerReferences: [{ apiVersion: 'apps/v1', kind: 'StatefulSet', name: 's', uid: 'u', controller: true }],
      },
      revision: 3,
    },
    'x statefulset.apps/s 3 60m | ',
  ],
  [
    'an address',
    kinds.ipAddresses,
    { spec: { parentRef: { resource: 'services', namespace: 'n', name: 's' } } },
    'x services/n/s | ',
  ],
  ['a request that failed', kinds.certificateSigningRequests, csr(['Failed']), 'x 60m s u <none> Pending,Failed | '],
  ['a request that is issued', kinds.certificateSigningRequests, csr([], 'Yg=='), 'x 60m s u <none> Pending,Issued | '],
  ['a request denied after all', kinds.certificateSigningRequests, csr(['Approved', 'Denied']), 'x 60m s u <none> Denied | '],
  [
    'a request that is signed',
    kinds.certificateSigningRequests,
    csr(['Approved'], 'Yg=='),
    'x 60m s u <none> Approved,Issued | ',
  ],
  ['endpoints of nothing', kinds.endpoints, {}, 'x <none> 60m | '],
  [
    'endpoints that are not ready',
    kinds.endpoints,
    { subsets: [{ notReadyAddresses: [{ ip: '10.0.0.1' }], ports: [{ port: 80 }] }] },
    'x  60m | ',
  ],
  [
    'endpoints of two families',
    kinds.endpoints,
    { subsets: [{ addresses: [{ ip: '10.0.0.1' }, { ip: '::1' }], ports: [{ port: 80 }, { port: 81 }] }] },
    'x 10.0.0.1:80,[::1]:80,10.0.0.1:81 + 1 more... 60m | ',
  ],
  [
    'a slice of many addresses',
    kinds.endpointSlices,
    { addressType: 'IPv4', ports: [{}], endpoints: [{ addresses: ['a', 'b'] }, { addresses: ['c', 'd'] }] },
    'x IPv4 * a,b,c + 1 more... 60m | ',
  ],
  [
    'a slice of nothing',
    kinds.endpointSlices,
    { addressType: 'IPv4', ports: [], endpoints: [] },
    'x IPv4 <unset> <unset> 60m | ',
  ],
  [
    'an event of the newer reporters',
    kinds.events,
    { involvedObject: { kind: 'Pod', name: 'p' }, source: {}, reportingComponent: 'c', reportingInstance: 'i', count: 1 },
    '<unknown>   pod/p  |  c, i <unknown> 1 x',
  ],
  [
    'an ingress of two balancers',
    kinds.ingresses,
    { spec: {}, status: { loadBalancer: { ingress: [{ hostname: 'b' }, { ip: 'a' }, { ip: 'a' }] } } },
    'x <none> * a,b 80 60m | ',
  ],
  [
    'a class that is the default by its older name',
    kinds.storageClasses,
    { metadata: { ...metadata, annotations: { 'storageclass.beta.kubernetes.io/is-default-class': 'true' } }, provisioner: 'p' },
    'x (default) p Delete Immediate false 60m | ',
  ],
  ['a volume that holds nothing', kinds.persistentVolumes, { spec: {} }, 'x 0      <unset>  60m | <unset>'],
  ['a claim bound to it', kinds.persistentVolumeClaims, { spec: { volumeName: 'v' } }, 'x  v 0   <unset> 60m | <unset>'],
];

for (const [name, definition, members, wanted] of rows)
  test(`the row of ${name}`, () => assert.equal(row(definition, members), wanted));

test('flow schemas are shown in the order in which they are asked', () => {
  const schema = (name: string, matchingPrecedence: number) => {
    const spec = { matchingPrecedence, priorityLevelConfiguration: { name: 'p' } };
    return { apiVersion: 'flowcontrol.apiserver.k8s.io/v1', kind: 'FlowSchema', metadata: { name }, spec };
  };
  const { rows: shown } = tableOf(kinds.flowSchemas, [schema('a', 9), schema('c', 1), schema('b', 1)], 0);
  assert.deepEqual(
    shown.map(({ cells: [name] }) => name),
    ['b', 'c', 'a'],
  );
});
