import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Definition } from '../../definition.js';
import { created } from '../../testing/refusal.js';
import { warnOfCidr } from '../../warnings/warn-of-address.js';
import { kinds } from '../kinds.js';

const { endpoints, nodes, persistentVolumeClaims, persistentVolumes, replicationControllers, serviceAccounts, services } = kinds;
const future = 'will be considered invalid in a future Kubernetes release';
const mountable = 'kubernetes.io/enforce-mountable-secrets';
const ofService = (members: object) => ({ spec: { ports: [{ port: 80 }], ...members } });
const size = (storage: string) => ({ accessModes: ['ReadWriteOnce'], resources: { requests: { storage } } });
const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } };

const cases: readonly [string, Definition, object, readonly string[]][] = [
  ['nothing', services, ofService({}), []],
  [
    'what a headless service does not heed',
    services,
    ofService({ clusterIP: 'None', loadBalancerIP: '10.0.0.1', externalIPs: ['010.0.0.1'] }),
    [
      'spec.loadBalancerIP is ignored for headless services',
      'spec.externalIPs is ignored for headless services',
      'spec.SessionAffinity is ignored for headless services',
      `spec.externalIPs[0]: non-standard IP address "010.0.0.1" ${future}: use "10.0.0.1"`,
    ],
  ],
  [
    'a range that may be an address, and a name that nobody asks for',
    services,
    ofService({ type: 'LoadBalancer', loadBalancerSourceRanges: ['10.0.0.1/8'], externalName: 'a.b' }),
    [
      'spec.loadBalancerSourceRanges[0]: CIDR value "10.0.0.1/8" is ambiguous in this context (should be "10.0.0.0/8" or "10.0.0.1/32"?)',
      'spec.externalName is ignored when spec.type is not "ExternalName"',
    ],
  ],
  [
    'addresses of a name',
    services,
    { spec: { type: 'ExternalName', externalName: 'a.b', externalIPs: ['10.0.0.1'] } },
    ['spec.externalIPs is ignored when spec.type is "ExternalName"'],
  ],
  [
    'the older name of a topology',
    services,
    { ...ofService({}), metadata: { annotations: { 'service.kubernetes.io/topology-aware-hints': 'Auto' } } },
    [
      'annotation service.kubernetes.io/topology-aware-hints is deprecated, please use service.kubernetes.io/topology-mode instead',
    ],
  ],
  [
    'a volume of old',
    persistentVolumes,
    {
      metadata: { annotations: { 'volume.beta.kubernetes.io/mount-options': 'ro' } },
      spec: {
        accessModes: ['ReadWriteOnce'],
        capacity: { storage: '1Gi' },
        persistentVolumeReclaimPolicy: 'Recycle',
        rbd: { monitors: ['m'], image: 'i' },
        nodeAffinity: {
          required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'beta.kubernetes.io/os', operator: 'Exists' }] }] },
        },
      },
    },
    [
      'metadata.annotations[volume.beta.kubernetes.io/mount-options]: deprecated since v1.31; use "mountOptions" attribute instead',
      'spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.',
      'spec.nodeAffinity.required.nodeSelectorTerms[0].matchExpressions[0].key: beta.kubernetes.io/os is deprecated since v1.14; use "kubernetes.io/os" instead',
      'spec.rbd: deprecated in v1.28, non-functional in v1.31+',
    ],
  ],
  [
    'half a byte, and a class of old',
    persistentVolumeClaims,
    { metadata: { annotations: { 'volume.beta.kubernetes.io/storage-class': 'a' } }, spec: size('1500m') },
    [
      'metadata.annotations[volume.beta.kubernetes.io/storage-class]: deprecated since v1.8; use "storageClassName" attribute instead',
      'spec.resources.requests[storage]: fractional byte value "1500m" is invalid, must be an integer',
    ],
  ],
  [
    'a name of old, and a range',
    nodes,
    { spec: { externalID: 'e', podCIDRs: ['2001:DB8::/64'] } },
    [
      'spec.externalID: this field is deprecated, and is unused by Kubernetes',
      'spec.podCIDRs[0]: IPv6 CIDR value "2001:DB8::/64" should be in RFC 5952 canonical format ("2001:db8::/64")',
    ],
  ],
  [
    'an address in capitals',
    endpoints,
    { subsets: [{ notReadyAddresses: [{ ip: '2001:DB8::1' }] }] },
    ['subsets[0].notReadyAddresses[0].ip: IPv6 address "2001:DB8::1" should be in RFC 5952 canonical format ("2001:db8::1")'],
  ],
  [
    'the same by the controller',
    endpoints,
    {
      metadata: { labels: { 'endpoints.kubernetes.io/managed-by': 'endpoint-controller' } },
      subsets: [{ addresses: [{ ip: '2001:DB8::1' }] }],
    },
    [],
  ],
  [
    'secrets of its own',
    serviceAccounts,
    { metadata: { annotations: { [mountable]: 'true' } } },
    [`metadata.annotations[${mountable}]: deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets`],
  ],
  [
    'a domain for a name',
    replicationControllers,
    { metadata: { name: 'a.b' }, spec: { template } },
    [
      'metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended: [must not contain dots]',
    ],
  ],
];
for (const [name, definition, body, wanted] of cases) {
  test(`${definition.plural} warn of ${name}`, () =>
    assert.deepEqual(definition.warnings?.(created(definition, body) as never), wanted));
}

test('an account that has been warned of is not warned of again', () => {
  const account = created(serviceAccounts, { metadata: { annotations: { [mountable]: 'true' } } });
  assert.deepEqual(serviceAccounts.warnings?.(account as never, account), []);
});

test('ranges in other forms', () => {
  assert.deepEqual(warnOfCidr('10.0.0.0/8', 'x'), []);
  assert.deepEqual(warnOfCidr('10.0.0.0/08', 'x'), [`x: non-standard CIDR value "10.0.0.0/08" ${future}: use "10.0.0.0/8"`]);
  assert.deepEqual(warnOfCidr('none', 'x'), []);
});
