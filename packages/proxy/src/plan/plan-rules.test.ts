import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EndpointSlice, Service, ServiceSpec } from '@flotilla/api';
import { planRules, type RuleInputs } from './plan-rules.js';
import { ruleKey, targetKey } from './rule.js';

type Conditions = { ready?: boolean; serving?: boolean; terminating?: boolean };

function service(name: string, spec: Partial<ServiceSpec>, created = '2026-01-01T00:00:00Z', labels = {}): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace: 'default', name, creationTimestamp: created, labels },
    spec: { type: 'ClusterIP', clusterIP: '10.96.0.10', ports: [{ port: 80, protocol: 'TCP', targetPort: 8080 }], ...spec },
  };
}

/** `['10.244.1.2', 'node-1', { ready: false }]` is one endpoint. */
function slice(serviceName: string, endpoints: readonly (readonly [string, string, Conditions?])[], port = 8080): EndpointSlice {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { namespace: 'default', name: `${serviceName}-x`, labels: { 'kubernetes.io/service-name': serviceName } },
    addressType: 'IPv4',
    ports: [{ port, protocol: 'TCP' }],
    endpoints: endpoints.map(([address, nodeName, conditions = { ready: true }]) => ({
      addresses: [address],
      nodeName,
      conditions,
    })),
  };
}

/** `tcp/10.96.0.10:80 -> 10.244.1.2:8080,…` per rule. */
function plan(inputs: Partial<RuleInputs>): string[] {
  const rules = planRules({ services: [], slices: [], nodeName: 'node-1', nodePortAddresses: ['192.0.2.1'], ...inputs });
  return rules.map((rule) => `${ruleKey(rule)} -> ${rule.targets.map(targetKey).join(',')}`);
}

const two = slice('web', [
  ['10.244.1.2', 'node-1'],
  ['10.244.2.2', 'node-2'],
]);

const cases: Record<string, { services: Service[]; slices?: EndpointSlice[]; rules: string[] }> = {
  'a cluster IP leads to every ready endpoint': {
    services: [service('web', {})],
    slices: [two],
    rules: ['tcp/10.96.0.10:80 -> 10.244.1.2:8080,10.244.2.2:8080'],
  },
  'without endpoints the rule is there, and refuses': { services: [service('web', {})], rules: ['tcp/10.96.0.10:80 -> '] },
  'headless, ExternalName and foreign Services are not ours': {
    services: [
      service('headless', { clusterIP: 'None' }),
      service('named', { type: 'ExternalName', clusterIP: '' }),
      service('foreign', {}, '2026-01-01T00:00:00Z', { 'service.kubernetes.io/service-proxy-name': 'other' }),
    ],
    rules: [],
  },
  'a node port answers on the addresses of the node': {
    services: [service('web', { type: 'NodePort', ports: [{ port: 80, protocol: 'TCP', nodePort: 30080 }] })],
    slices: [two],
    rules: ['tcp/10.96.0.10:80 -> 10.244.1.2:8080,10.244.2.2:8080', 'tcp/192.0.2.1:30080 -> 10.244.1.2:8080,10.244.2.2:8080'],
  },
  'externalTrafficPolicy Local keeps node ports on this node, and the cluster IP everywhere': {
    services: [
      service('web', {
        type: 'NodePort',
        externalTrafficPolicy: 'Local',
        ports: [{ port: 80, protocol: 'TCP', nodePort: 30080 }],
      }),
    ],
    slices: [two],
    rules: ['tcp/10.96.0.10:80 -> 10.244.1.2:8080,10.244.2.2:8080', 'tcp/192.0.2.1:30080 -> 10.244.1.2:8080'],
  },
  'internalTrafficPolicy Local does the same to the cluster IP': {
    services: [service('web', { internalTrafficPolicy: 'Local', externalIPs: ['198.51.100.7'] })],
    slices: [two],
    rules: ['tcp/10.96.0.10:80 -> 10.244.1.2:8080', 'tcp/198.51.100.7:80 -> 10.244.1.2:8080,10.244.2.2:8080'],
  },
  'endpoints that are not ready get nothing': {
    services: [service('web', {})],
    slices: [
      slice('web', [
        ['10.244.1.2', 'node-1', { ready: false }],
        ['10.244.1.3', 'node-1', {}],
      ]),
    ],
    rules: ['tcp/10.96.0.10:80 -> 10.244.1.3:8080'],
  },
  'those that terminate but serve are better than nobody': {
    services: [service('web', {})],
    slices: [
      slice('web', [
        ['10.244.1.2', 'node-1', { ready: false, serving: true, terminating: true }],
        ['10.244.1.3', 'node-1', { ready: false, serving: false, terminating: true }],
      ]),
    ],
    rules: ['tcp/10.96.0.10:80 -> 10.244.1.2:8080'],
  },
  'an endpoint in two slices counts once': {
    services: [service('web', {})],
    slices: [slice('web', [['10.244.1.2', 'node-1', { ready: false }]]), slice('web', [['10.244.1.2', 'node-1']])],
    rules: ['tcp/10.96.0.10:80 -> 10.244.1.2:8080'],
  },
  'named ports find their own numbers': {
    services: [
      service('web', {
        ports: [
          { name: 'http', port: 80, protocol: 'TCP' },
          { name: 'dns', port: 53, protocol: 'UDP' },
        ],
      }),
    ],
    slices: [
      {
        ...two,
        ports: [
          { name: 'http', port: 8080, protocol: 'TCP' },
          { name: 'dns', port: 5353, protocol: 'UDP' },
        ],
      },
    ],
    rules: ['tcp/10.96.0.10:80 -> 10.244.1.2:8080,10.244.2.2:8080', 'udp/10.96.0.10:53 -> 10.244.1.2:5353,10.244.2.2:5353'],
  },
  'a load balancer address is served unless it delivers to the nodes': {
    services: [
      {
        ...service('web', { type: 'LoadBalancer' }),
        status: { loadBalancer: { ingress: [{ ip: '203.0.113.1' }, { ip: '203.0.113.2', ipMode: 'Proxy' }] } },
      },
    ],
    rules: ['tcp/10.96.0.10:80 -> ', 'tcp/203.0.113.1:80 -> '],
  },
  'of two claims to one external address the older wins': {
    services: [
      service('young', { clusterIP: '10.96.0.11', externalIPs: ['198.51.100.7'] }, '2026-02-01T00:00:00Z'),
      service('old', { clusterIP: '10.96.0.12', externalIPs: ['198.51.100.7'] }, '2026-01-01T00:00:00Z'),
    ],
    slices: [slice('young', [['10.244.1.2', 'node-1']]), slice('old', [['10.244.1.3', 'node-1']])],
    rules: [
      'tcp/10.96.0.11:80 -> 10.244.1.2:8080',
      'tcp/10.96.0.12:80 -> 10.244.1.3:8080',
      'tcp/198.51.100.7:80 -> 10.244.1.3:8080',
    ],
  },
  'families do not mix': {
    services: [service('web', { clusterIP: '10.96.0.10', clusterIPs: ['10.96.0.10', 'fd00::10'] })],
    slices: [two, { ...slice('web', [['fd00:1::2', 'node-1']]), addressType: 'IPv6' }],
    rules: ['tcp/10.96.0.10:80 -> 10.244.1.2:8080,10.244.2.2:8080', 'tcp/[fd00::10]:80 -> [fd00:1::2]:8080'],
  },
};

for (const [title, { services, slices = [], rules }] of Object.entries(cases)) {
  test(title, () => assert.deepEqual(plan({ services, slices }), rules));
}

test('a rule knows every endpoint, ready or not, and the affinity of its Service', () => {
  const unready = slice('web', [
    ['10.244.1.2', 'node-1', { ready: false }],
    ['10.244.1.3', 'node-1'],
  ]);
  const [rule] = planRules({
    services: [service('web', { sessionAffinity: 'ClientIP', ports: [{ name: '', port: 80 }] })],
    slices: [unready],
    nodeName: 'node-1',
    nodePortAddresses: [],
  });
  assert.deepEqual([...rule!.known], ['10.244.1.2:8080', '10.244.1.3:8080']);
  assert.equal(rule!.affinityMs, 10_800_000);
  assert.equal(rule!.service, 'default/web');
});
