import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Definition } from '../../definition.js';
import { complaint } from '../../testing/refusal.js';
import { kinds } from '../kinds.js';

const { limitRanges, persistentVolumeClaims, persistentVolumes, resourceQuotas, services, storageClasses } = kinds;
const volume = { accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' }, hostPath: { path: '/data' } };
const claim = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
const port = { ports: [{ port: 80 }] };

const cases: readonly [string, Definition, object, string, object?][] = [
  ['a volume', persistentVolumes, { spec: volume }, ''],
  [
    'a volume of nothing',
    persistentVolumes,
    { spec: { ...volume, hostPath: undefined } },
    'spec: Required value: must specify a volume type',
  ],
  [
    'a volume without size',
    persistentVolumes,
    { spec: { ...volume, capacity: undefined } },
    '[spec.capacity: Required value, spec.capacity: Unsupported value: {}: supported values: "storage"]',
  ],
  ['a claim', persistentVolumeClaims, { spec: claim }, ''],
  [
    'a claim without size',
    persistentVolumeClaims,
    { spec: { ...claim, resources: {} } },
    'spec.resources[storage]: Required value',
  ],
  [
    'a claim without modes',
    persistentVolumeClaims,
    { spec: { ...claim, accessModes: [] } },
    'spec.accessModes: Required value: at least 1 access mode is required',
  ],
  ['a quota', resourceQuotas, { spec: { hard: { pods: '1', 'requests.cpu': '1', 'count/x.example': '2' } } }, ''],
  [
    'a quota below nothing',
    resourceQuotas,
    { spec: { hard: { pods: '-1' } } },
    'spec.hard[pods]: Invalid value: "-1": must be greater than or equal to 0',
  ],
  [
    'a quota of half a pod',
    resourceQuotas,
    { spec: { hard: { pods: '500m' } } },
    'spec.hard[pods]: Invalid value: "500m": must be an integer',
  ],
  [
    'scopes that exclude each other',
    resourceQuotas,
    { spec: { hard: { pods: '1' }, scopes: ['BestEffort', 'NotBestEffort'] } },
    'spec.scopes: Invalid value: ["BestEffort","NotBestEffort"]: conflicting scopes',
  ],
  [
    'scopes that change',
    resourceQuotas,
    { spec: { hard: { pods: '1' } } },
    'spec.scopes: Invalid value: ["BestEffort"]: field is immutable',
    { spec: { hard: { pods: '1' }, scopes: ['BestEffort'] } },
  ],
  ['limits', limitRanges, { spec: { limits: [{ type: 'Container', min: { cpu: '1' }, max: { cpu: '2' } }] } }, ''],
  [
    'limits the wrong way round',
    limitRanges,
    { spec: { limits: [{ type: 'Pod', min: { cpu: '3' }, max: { cpu: '2' } }] } },
    'spec.limits[0].min[cpu]: Invalid value: "3": min value 3 is greater than max value 2',
  ],
  [
    'defaults of pods',
    limitRanges,
    { spec: { limits: [{ type: 'Pod', default: { cpu: '1' } }] } },
    "spec.limits[0].default: Forbidden: may not be specified when `type` is 'Pod'",
  ],
  [
    'limits of claims without storage',
    limitRanges,
    { spec: { limits: [{ type: 'PersistentVolumeClaim', max: { cpu: '1' } }] } },
    'spec.limits[0].limits: Required value: either minimum or maximum storage value is required, but neither was provided',
  ],
  [
    'a class that changes',
    storageClasses,
    { provisioner: 'a.example/b' },
    'provisioner: Forbidden: updates to provisioner are forbidden.',
    { provisioner: 'c.example/d' },
  ],
  [
    'an address of its own',
    services,
    { spec: { ...port, externalIPs: ['127.0.0.1'] } },
    'spec.externalIPs[0]: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
  ],
  ['an address elsewhere', services, { spec: { ...port, externalIPs: ['192.0.2.1', '2001:db8::1'] } }, ''],
];

for (const [name, definition, body, expected, change] of cases) {
  test(`${definition.plural}: ${name}`, () => assert.equal(complaint(definition, body, change), expected));
}
