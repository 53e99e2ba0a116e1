import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { chargeQuotas } from './charge.js';
import { recountQuota } from './recount.js';
import { inQuotaScopes } from './scopes.js';
import { quotaNamesOf } from './tracked.js';
import { quotaUsageOf } from './usage.js';

// biome-ignore lint/suspicious/noExplicitAny: rows write down parts of objects
type Loose = any;

const core = (resource: string) => ({ group: '', resource });
const nowMs = Date.parse('2026-01-01T00:01:00Z');

describe('what one object takes of quotas', () => {
  const container = (requests: Loose, limits: Loose = {}, more: Loose = {}) => ({
    name: 'c',
    resources: { requests, limits },
    ...more,
  });
  const rows: readonly (readonly [string, string, Loose, Loose])[] = [
    ['a pod that asks for nothing', 'pods', { spec: { containers: [{}] } }, { 'count/pods': '1', pods: '1' }],
    [
      'containers together, with overhead',
      'pods',
      {
        spec: {
          containers: [container({ cpu: '100m' }, { cpu: '1' }), container({ cpu: '400m' })],
          overhead: { cpu: '10m', memory: '1Mi' },
        },
      },
      {
        ...{ 'count/pods': '1', pods: '1', cpu: '510m', 'requests.cpu': '510m', 'limits.cpu': '1010m' },
        ...{ memory: '1Mi', 'requests.memory': '1Mi' },
      },
    ],
    [
      'init containers at their turn, beside sidecars',
      'pods',
      {
        spec: {
          initContainers: [container({ cpu: '100m' }, {}, { restartPolicy: 'Always' }), container({ cpu: '500m' })],
          containers: [container({ cpu: '200m' })],
        },
      },
      { 'count/pods': '1', pods: '1', cpu: '600m', 'requests.cpu': '600m' },
    ],
    [
      'devices and huge pages',
      'pods',
      { spec: { containers: [container({ 'nvidia.com/gpu': '2', 'hugepages-2Mi': '4Mi' })] } },
      {
        ...{ 'count/pods': '1', pods: '1', 'requests.nvidia.com/gpu': '2' },
        ...{ 'hugepages-2Mi': '4Mi', 'requests.hugepages-2Mi': '4Mi' },
      },
    ],
    [
      'a pod that has ended',
      'pods',
      { spec: { containers: [container({ cpu: '1' })] }, status: { phase: 'Failed' } },
      { 'count/pods': '1' },
    ],
    [
      'a pod whose time to end has passed',
      'pods',
      { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z', deletionGracePeriodSeconds: 30 }, spec: { containers: [] } },
      { 'count/pods': '1' },
    ],
    ['a plain service', 'services', { spec: { type: 'ClusterIP', ports: [{}, {}] } }, { 'count/services': '1', services: '1' }],
    [
      'a load balancer that allocates no ports',
      'services',
      { spec: { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false, ports: [{ nodePort: 30_000 }, {}] } },
      { 'count/services': '1', services: '1', 'services.nodeports': '1', 'services.loadbalancers': '1' },
    ],
    [
      'a claim of a class, larger than it asks for',
      'persistentvolumeclaims',
      {
        spec: { storageClassName: 'gold', resources: { requests: { storage: '1Gi' } } },
        status: { allocatedResources: { storage: '2Gi' } },
      },
      {
        ...{ 'count/persistentvolumeclaims': '1', persistentvolumeclaims: '1', 'requests.storage': '2Gi' },
        'gold.storageclass.storage.k8s.io/persistentvolumeclaims': '1',
        'gold.storageclass.storage.k8s.io/requests.storage': '2Gi',
      },
    ],
    ['a Secret', 'secrets', {}, { 'count/secrets': '1', secrets: '1' }],
  ];
  for (const [name, resource, object, expected] of rows) {
    test(name, () => assert.deepEqual(quotaUsageOf(core(resource), object, nowMs), expected));
  }
  test('other groups are only counted', () => {
    assert.deepEqual(quotaUsageOf({ group: 'apps', resource: 'deployments' }, {}, nowMs), { 'count/deployments.apps': '1' });
  });
});

test('which names are about which resource', () => {
  const names = [
    ...['pods', 'limits.cpu', 'requests.nvidia.com/gpu', 'hugepages-2Mi', 'count/pods', 'requests.storage', 'services.nodeports'],
    ...['gold.storageclass.storage.k8s.io/requests.storage', 'secrets', 'count/deployments.apps', 'persistentvolumeclaims'],
  ];
  const of = (resource: string, group = '') => quotaNamesOf({ group, resource }, names).join(' ');
  assert.equal(of('pods'), 'pods limits.cpu requests.nvidia.com/gpu hugepages-2Mi count/pods');
  assert.equal(of('services'), 'services.nodeports');
  assert.equal(
    of('persistentvolumeclaims'),
    'requests.storage gold.storageclass.storage.k8s.io/requests.storage persistentvolumeclaims',
  );
  assert.equal(of('secrets'), 'secrets');
  assert.equal(of('deployments', 'apps'), 'count/deployments.apps');
  assert.equal(of('deployments', 'other.io'), '');
});

describe('scopes', () => {
  const term = { topologyKey: 'k', namespaces: ['other'] };
  const rows: readonly (readonly [Loose, string, Loose, boolean])[] = [
    [{}, 'secrets', {}, true],
    [{ scopes: ['BestEffort'] }, 'secrets', {}, false],
    [{ scopes: ['Terminating'] }, 'pods', { spec: { activeDeadlineSeconds: 5 } }, true],
    [{ scopes: ['NotTerminating'] }, 'pods', { spec: { activeDeadlineSeconds: 5 } }, false],
    [{ scopes: ['NotBestEffort'] }, 'pods', { spec: { containers: [{}] } }, false],
    [{ scopes: ['PriorityClass'] }, 'pods', { spec: {} }, false],
    [
      { scopes: ['CrossNamespacePodAffinity'] },
      'pods',
      {
        spec: { affinity: { podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ podAffinityTerm: term }] } } },
      },
      true,
    ],
    ...(
      [
        ['In', ['gold'], 'gold', true],
        ['In', ['gold'], 'tin', false],
        ['NotIn', ['gold'], undefined, true],
        ['NotIn', ['gold'], 'gold', false],
        ['Exists', [], 'tin', true],
        ['DoesNotExist', [], 'tin', false],
      ] as const
    ).map(([operator, values, priorityClassName, expected]): [Loose, string, Loose, boolean] => [
      { scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator, values }] } },
      'pods',
      { spec: { priorityClassName } },
      expected,
    ]),
    [
      { scopeSelector: { matchExpressions: [{ scopeName: 'VolumeAttributesClass', operator: 'In', values: ['fast'] }] } },
      'persistentvolumeclaims',
      { spec: { volumeAttributesClassName: 'slow' }, status: { currentVolumeAttributesClassName: 'fast' } },
      true,
    ],
  ];
  for (const [spec, resource, object, expected] of rows) {
    test(`${JSON.stringify(spec)} of ${JSON.stringify(object)}`, () => {
      assert.equal(inQuotaScopes(spec, core(resource), object), expected);
    });
  }
});

test('what a request would take back is not given back before it happens', () => {
  const quota: Loose = {
    metadata: { name: 'q' },
    spec: { hard: { 'services.nodeports': '3' } },
    status: { hard: { 'services.nodeports': '3' }, used: { 'services.nodeports': '2' } },
  };
  const service = (count: number): Loose => ({ spec: { type: 'NodePort', ports: Array.from({ length: count }, () => ({})) } });
  const result = chargeQuotas([quota], { resource: core('services'), object: service(1), old: service(2) }, nowMs);
  assert.deepEqual(result, { quotas: [quota] });
});

test('a recount keeps what it cannot know', () => {
  const spec = { hard: { pods: '5', 'count/widgets.example.com': '3' } };
  const quota: Loose = { metadata: { name: 'q' }, spec, status: { used: { pods: '4', 'count/widgets.example.com': '1' } } };
  const objects = [{ spec: { containers: [] } }] as Loose;
  assert.deepEqual(recountQuota(quota, [{ resource: core('pods'), objects }], nowMs), {
    hard: spec.hard,
    used: { pods: '1', 'count/widgets.example.com': '1' },
  });
});
