import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Definition } from '../../definition.js';
import { complaint, created, now, updated } from '../../testing/refusal.js';
import { kinds } from '../kinds.js';

const { persistentVolumeClaims: claims, persistentVolumes: volumes } = kinds;
const volume = (members: object) => ({
  spec: { accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' }, ...members },
});
const claim = (members: object = {}, annotations: Record<string, string> = {}) => ({
  metadata: { annotations },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...members },
});
const zone = (key: string) => ({
  required: { nodeSelectorTerms: [{ matchExpressions: [{ key, operator: 'In', values: ['a'] }] }] },
});
const local = (key: string) => volume({ local: { path: '/d' }, nodeAffinity: zone(key) });
const iscsi = { targetPortal: '10.0.0.1:3260', iqn: 'x', lun: 0 };
const before = 'failure-domain.beta.kubernetes.io/zone';
const classOf = (name: string) => ({ 'volume.beta.kubernetes.io/storage-class': name });
const unlike = 'spec: Invalid value: {}: must match dataSourceRef';
const fixed =
  'spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n';

const cases: readonly [string, Definition, object, string, object?][] = [
  [
    'a volume of a driver of its own beside another',
    volumes,
    volume({ hostPath: { path: '/d' }, flexVolume: { driver: 'a/b' } }),
    '',
  ],
  [
    'less than nothing',
    volumes,
    volume({ hostPath: { path: '/d' }, capacity: { storage: '-1Ki' } }),
    '[spec.capacity[storage]: Invalid value: -1024: must be a valid resource quantity, spec.capacity[storage]: Invalid value: "-1Ki": must be greater than zero]',
  ],
  [
    'a disk of no form, and a secret without a name',
    volumes,
    volume({ iscsi: { ...iscsi, secretRef: {} } }),
    '[spec.iscsi.iqn: Invalid value: "x": must be valid format, spec.iscsi.secretRef.name: Required value]',
  ],
  [
    'a far portal',
    volumes,
    volume({
      iscsi: { iqn: 'naa.12345678901234567890123456789012', initiatorName: 'eui.1234567890123456', targetPortal: 'p'.repeat(63) },
    }),
    `spec.iscsi.targetportal: Invalid value: "${'p'.repeat(63)}": Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.`,
  ],
  [
    'endpoints in no namespace',
    volumes,
    volume({ glusterfs: { endpoints: 'e', path: 'p', endpointsNamespace: '' } }),
    'spec.glusterfs.endpointsNamespace: Invalid value: "": if the endpointnamespace is set, it must be a valid namespace name',
  ],
  ['the present name of a label', volumes, local(before), '', local('topology.kubernetes.io/zone')],
  [
    'another label',
    volumes,
    local('a'),
    `nodeAffinity: Invalid value: ${JSON.stringify(zone('b'))}: field is immutable, except for updating from beta label to GA`,
    local('b'),
  ],
  ['a class that its annotation names', claims, claim({}, classOf('a')), '', claim({ storageClassName: 'a' })],
  ['a selector of nothing', claims, claim({ selector: {} }), '', claim({ selector: { matchExpressions: [] } })],
  ['a class where there is none', claims, claim(), '', claim({ storageClassName: 'a' })],
  [
    'another class than its annotation names',
    claims,
    claim({}, classOf('a')),
    `${fixed}@@ -7,5 +7,6 @@\n    "storage": "1Gi"\n   }\n  },\n+ "storageClassName": "b",\n  "volumeMode": "Filesystem"\n }\n`,
    claim({ storageClassName: 'b' }, classOf('a')),
  ],
  [
    'another annotation',
    claims,
    claim({}, classOf('a')),
    'metadata.annotations.volume.beta.kubernetes.io/storage-class: Invalid value: "b": field is immutable',
    claim({}, classOf('b')),
  ],
  [
    'two sources that differ',
    claims,
    claim({
      dataSource: { kind: 'PersistentVolumeClaim', name: 'a' },
      dataSourceRef: { kind: 'PersistentVolumeClaim', name: 'b' },
    }),
    unlike,
  ],
];
for (const [name, definition, body, wanted, change] of cases) {
  test(`${definition.plural}: ${name}`, () => assert.equal(complaint(definition, body, change), wanted));
}

const ofClaim = { kind: 'PersistentVolumeClaim', name: 'a' };
const ofOther = { apiGroup: 'example.com', kind: 'Image', name: 'a' };
const sources: readonly [string, object, object | undefined, object | undefined][] = [
  ['the older name', { dataSource: ofClaim }, ofClaim, ofClaim],
  ['the newer name', { dataSourceRef: ofOther }, ofOther, ofOther],
  ['the older name, and a kind that it does not know', { dataSource: ofOther }, undefined, undefined],
  ['another namespace', { dataSourceRef: { ...ofOther, namespace: 'other' } }, undefined, undefined],
];
for (const [name, members, source, reference] of sources) {
  test(`what a claim is filled with, by ${name}`, () => {
    const made = created(claims, claim(members));
    const { dataSource, dataSourceRef } = Reflect.get(made, 'spec') as Record<string, unknown>;
    assert.deepEqual([dataSource, dataSourceRef], [source, reference]);
    assert.deepEqual(Reflect.get(updated(claims, made, claim(members)), 'spec'), Reflect.get(made, 'spec'));
  });
}

const statuses: readonly [string, object, string][] = [
  ['an expansion', { allocatedResourceStatuses: { storage: 'NodeResizePending' }, allocatedResources: { storage: '2Gi' } }, ''],
  [
    'an expansion of memory',
    { allocatedResources: { memory: '2Gi' } },
    'status.allocatedResources: Unsupported value: "memory": supported values: "storage"',
  ],
  [
    'an expansion that goes otherwise',
    { allocatedResourceStatuses: { storage: 'Odd' } },
    'status.allocatedResourceStatuses: Unsupported value: "storage": supported values: "ControllerResizeInProgress", "ControllerResizeInfeasible", "NodeResizeInProgress", "NodeResizeInfeasible", "NodeResizePending"',
  ],
  [
    'an expansion to less than nothing',
    { allocatedResources: { storage: '-1' } },
    'status.allocatedResources[storage]: Invalid value: -1: must be a valid resource quantity',
  ],
];
for (const [name, status, wanted] of statuses) {
  test(`the status of a claim with ${name}`, () => assert.equal(complaint(claims, claim(), { status }, 'status'), wanted));
}

test('a volume that has a class of attributes keeps one', () => {
  const old = created(claims, claim({ volumeAttributesClassName: 'gold' }));
  const bound = updated(claims, old, { status: { phase: 'Bound' } }, 'status');
  updated(claims, bound, claim());
  const given = updated(claims, bound, { status: { phase: 'Bound', currentVolumeAttributesClassName: 'gold' } }, 'status');
  const why = 'is forbidden when status.currentVolumeAttributesClassName is not nil';
  assert.throws(() => updated(claims, given, claim()), new RegExp(`update to nil ${why}`));
  const none = claim({ volumeAttributesClassName: '' });
  assert.throws(() => updated(claims, given, none), new RegExp(`update to empty string ${why}`));
});

test('a volume tells since when it has been in its phase', () => {
  const [first, given] = ['2025-01-01T00:00:00Z', '2025-02-02T00:00:00Z'];
  const old = created(volumes, { metadata: { creationTimestamp: first }, ...volume({ hostPath: { path: '/d' } }) });
  const since = (status: object, before = old) => Reflect.get(updated(volumes, before, { status }, 'status'), 'status');
  assert.deepEqual(Reflect.get(old, 'status'), { phase: 'Pending', lastPhaseTransitionTime: first });
  assert.equal(since({ phase: 'Pending' }).lastPhaseTransitionTime, first);
  assert.equal(since({ phase: 'Available' }).lastPhaseTransitionTime, now);
  assert.equal(since({ phase: 'Available', lastPhaseTransitionTime: first }).lastPhaseTransitionTime, now);
  assert.equal(since({ phase: 'Available', lastPhaseTransitionTime: given }).lastPhaseTransitionTime, given);
  assert.equal(since({ phase: 'Pending', lastPhaseTransitionTime: given }).lastPhaseTransitionTime, given);
});
