import assert from 'node:assert/strict';
import { test } from 'node:test';
import { complaint, created, updated } from '../../testing/refusal.js';
import { kinds } from '../kinds.js';

const { services } = kinds;
const body = (members: object = {}) => ({ spec: { ports: [{ port: 80 }], ...members } });
const balancer = (members: object = {}) => body({ type: 'LoadBalancer', ...members });
const onlyOfBalancers = "Forbidden: may only be used when `type` is 'LoadBalancer'";
const forHealth = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";

const specs: readonly [string, object, string][] = [
  ['a balancer', balancer({ loadBalancerSourceRanges: ['10.0.0.0/8 '], loadBalancerClass: 'example.com/lb' }), ''],
  ['a class of none', body({ loadBalancerClass: 'a' }), `spec.loadBalancerClass: ${onlyOfBalancers}`],
  ['ranges of none', body({ loadBalancerSourceRanges: ['10.0.0.0/8'] }), `spec.LoadBalancerSourceRanges: ${onlyOfBalancers}`],
  [
    'a range that is none',
    balancer({ loadBalancerSourceRanges: ['10.0.0.0'] }),
    'spec.LoadBalancerSourceRanges[0]: Invalid value: "10.0.0.0": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
  ],
  [
    'ranges in an annotation',
    { ...body(), metadata: { annotations: { 'service.beta.kubernetes.io/load-balancer-source-ranges': '10.0.0.0/8' } } },
    `metadata.annotations[service.beta.kubernetes.io/load-balancer-source-ranges]: ${onlyOfBalancers}`,
  ],
  [
    'node ports of none',
    body({ allocateLoadBalancerNodePorts: false }),
    `spec.allocateLoadBalancerNodePorts: ${onlyOfBalancers}`,
  ],
  ['addresses with leading zeros', body({ externalIPs: ['010.000.0.1', '2001:0db8::0001'] }), ''],
  [
    'an address of the machine itself, written as one of IPv6',
    body({ externalIPs: ['::ffff:127.0.0.1'] }),
    'spec.externalIPs[0]: Invalid value: "::ffff:127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
  ],
  [
    'two topologies',
    {
      ...body(),
      metadata: {
        annotations: { 'service.kubernetes.io/topology-mode': 'Auto', 'service.kubernetes.io/topology-aware-hints': 'Disabled' },
      },
    },
    'metadata.annotations[service.kubernetes.io/topology-mode]: Invalid value: "Auto": must match annotations[service.kubernetes.io/topology-aware-hints] when both are specified',
  ],
  [
    'a policy of no name',
    body({ internalTrafficPolicy: '' }),
    'spec.internalTrafficPolicy: Unsupported value: "": supported values: "Cluster", "Local"',
  ],
  ['a port for nobody', body({ healthCheckNodePort: 1 }), `spec.healthCheckNodePort: Invalid value: 1: ${forHealth}`],
  ['a port to be allotted', balancer({ externalTrafficPolicy: 'Local' }), 'spec.healthCheckNodePort: Required value'],
  ['a health port', balancer({ externalTrafficPolicy: 'Local', healthCheckNodePort: 30_001 }), ''],
  [
    'a policy for outside, inside',
    body({ externalTrafficPolicy: 'Local' }),
    'spec.externalTrafficPolicy: Invalid value: "Local": may only be set for externally-accessible services',
  ],
  ['a policy for external addresses', body({ externalIPs: ['10.0.0.1'], externalTrafficPolicy: 'Local' }), ''],
  [
    'another policy',
    body({ internalTrafficPolicy: 'X' }),
    'spec.internalTrafficPolicy: Unsupported value: "X": supported values: "Cluster", "Local"',
  ],
  [
    'a far distribution',
    body({ trafficDistribution: 'Far' }),
    'spec.trafficDistribution: Unsupported value: "Far": supported values: "PreferClose", "PreferSameZone", "PreferSameNode"',
  ],
  [
    'a long affinity',
    body({ sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds: 86_401 } } }),
    'spec.sessionAffinityConfig.clientIP.timeoutSeconds: Invalid value: 86401: must be greater than 0 and less than 86400',
  ],
  [
    'a name outside with an address',
    { spec: { type: 'ExternalName', externalName: 'a.b.', clusterIP: 'None', ipFamilies: ['IPv4'] } },
    '[spec.clusterIPs: Forbidden: may not be set for ExternalName services, spec.ipFamilies: Forbidden: may not be set for ExternalName services]',
  ],
  ['a name outside', { spec: { type: 'ExternalName', externalName: 'a.b.' } }, ''],
  [
    'two addresses that differ',
    body({ clusterIP: '10.0.0.1', clusterIPs: ['10.0.0.2'] }),
    'spec.clusterIPs: Invalid value: ["10.0.0.2"]: first value must match `clusterIP`',
  ],
  [
    'none and one',
    body({ clusterIP: 'None', clusterIPs: ['None', '10.0.0.1'] }),
    'spec.clusterIPs: Invalid value: ["None","10.0.0.1"]: \'None\' must be the first and only value',
  ],
  [
    'two of a family',
    body({ clusterIP: '10.0.0.1', clusterIPs: ['10.0.0.1', '10.0.0.2'] }),
    'spec.clusterIPs: Invalid value: ["10.0.0.1","10.0.0.2"]: may specify no more than one IP for each IP family',
  ],
  [
    'another family',
    body({ clusterIP: '10.0.0.1', ipFamilies: ['IPv6'] }),
    'spec.clusterIPs[0]: Invalid value: "10.0.0.1": expected an IPv6 value as indicated by `ipFamilies[0]`',
  ],
  ['a family twice', body({ ipFamilies: ['IPv4', 'IPv4'] }), 'spec.ipFamilies[1]: Duplicate value: "IPv4"'],
  [
    'a port twice',
    body({
      ports: [
        { name: 'a', port: 1 },
        { name: 'b', port: 1 },
      ],
    }),
    'spec.ports[1]: Duplicate value: {"Name":"","Protocol":"TCP","AppProtocol":null,"Port":1,"TargetPort":0,"NodePort":0}',
  ],
];
for (const [name, object, wanted] of specs) {
  test(`a service with ${name}`, () => assert.equal(complaint(services, object), wanted));
}

const allotted = body({ clusterIP: '10.0.0.1', ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' });
const spec = (members: object) => ({ spec: { ports: [{ port: 80, protocol: 'TCP' }], ...members } });

const updates: readonly [string, object, object, string][] = [
  ['nothing but its port', allotted, spec({}), ''],
  [
    'its address',
    allotted,
    spec({ clusterIP: '10.0.0.2', clusterIPs: ['10.0.0.1'], ipFamilies: ['IPv4'] }),
    'spec.clusterIPs[0]: Invalid value: ["10.0.0.2"]: may not change once set',
  ],
  [
    'its family',
    allotted,
    spec({ clusterIP: '10.0.0.1', ipFamilies: ['IPv6'] }),
    '[spec.ipFamilies[0]: Invalid value: ["IPv6"]: may not change once set, spec.clusterIPs[0]: Invalid value: "10.0.0.1": expected an IPv6 value as indicated by `ipFamilies[0]`]',
  ],
  [
    'its class',
    balancer({ loadBalancerClass: 'a/b' }),
    spec({ type: 'LoadBalancer', loadBalancerClass: 'a/c' }),
    'spec.loadBalancerClass: Invalid value: "a/c": may not change once set',
  ],
  ['nothing but its address, by one that knows no list', allotted, spec({ clusterIP: '10.0.0.1' }), ''],
  [
    'its address, by one that leaves out the list',
    allotted,
    spec({ clusterIP: '10.0.0.2' }),
    'spec.clusterIPs[0]: Invalid value: ["10.0.0.2"]: may not change once set',
  ],
  [
    'its health port',
    balancer({ externalTrafficPolicy: 'Local', healthCheckNodePort: 30_001 }),
    spec({ type: 'LoadBalancer', externalTrafficPolicy: 'Local', healthCheckNodePort: 30_002 }),
    'spec.healthCheckNodePort: Forbidden: field is immutable',
  ],
];
for (const [name, object, change, wanted] of updates) {
  test(`an update of ${name} of a service`, () => assert.equal(complaint(services, object, change), wanted));
}

test('what the new type has no use for goes with the old one', () => {
  const ports = [{ port: 80, protocol: 'TCP', nodePort: 30_001 }];
  const extra = { loadBalancerClass: 'a/b', externalTrafficPolicy: 'Local', healthCheckNodePort: 30_002 };
  const old = created(services, { spec: { type: 'LoadBalancer', clusterIP: '10.0.0.1', ports, ...extra } });
  const inside = updated(services, old, { spec: { ...Reflect.get(old, 'spec'), type: 'ClusterIP' } });
  assert.deepEqual(Reflect.get(inside, 'spec'), {
    type: 'ClusterIP',
    clusterIP: '10.0.0.1',
    clusterIPs: ['10.0.0.1'],
    ports: [{ port: 80, targetPort: 80, protocol: 'TCP' }],
    sessionAffinity: 'None',
    internalTrafficPolicy: 'Cluster',
  });
});

test('where a balancer was reached goes with the balancer', () => {
  const old = created(services, balancer());
  const reached = updated(services, old, { status: { loadBalancer: { ingress: [{ ip: '10.0.0.1' }] } } }, 'status');
  const inside = updated(services, reached, { spec: { ...Reflect.get(reached, 'spec'), type: 'ClusterIP' } });
  assert.deepEqual(Reflect.get(inside, 'status'), { loadBalancer: {} });
});

test('ports of nodes that nobody asks for any more go, even of ports that have changed', () => {
  const ports = [
    { name: 'a', port: 80, nodePort: 30_001 },
    { name: 'b', port: 81, nodePort: 30_002 },
  ];
  const old = created(services, { spec: { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false, ports } });
  const [, second] = ports;
  const inside = updated(services, old, { spec: { type: 'ClusterIP', ports: [second] } });
  assert.equal(JSON.stringify(inside).includes('nodePort'), false);
});

const points: readonly [string, string, object, string][] = [
  ['one', 'LoadBalancer', { ip: '10.0.0.1' }, ''],
  [
    'one of none',
    'ClusterIP',
    { ip: '10.0.0.1' },
    "status.loadBalancer.ingress: Forbidden: may only be used when `spec.type` is 'LoadBalancer'",
  ],
  [
    'a host that is an address',
    'LoadBalancer',
    { hostname: '10.0.0.1' },
    'status.loadBalancer.ingress[0].hostname: Invalid value: "10.0.0.1": must be a DNS name, not an IP address',
  ],
  [
    'a mode of no address',
    'LoadBalancer',
    { hostname: 'a.b', ipMode: 'VIP' },
    'status.loadBalancer.ingress[0].ipMode: Forbidden: may not be specified when `ip` is not set',
  ],
];
for (const [name, type, point, wanted] of points) {
  test(`where a balancer is reached: ${name}`, () =>
    assert.equal(complaint(services, body({ type }), { status: { loadBalancer: { ingress: [point] } } }, 'status'), wanted));
}
