import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Definition } from '../../definition.js';
import { complaint, created, updated } from '../../testing/refusal.js';
import { row } from '../../testing/row.js';
import { kinds } from '../kinds.js';

const attachment = (members: object) => ({
  spec: { attacher: 'csi.example.com', nodeName: 'n', source: { persistentVolumeName: 'v' }, ...members },
});
const driver = { name: 'csi.example.com', nodeID: 'i' };
const drivers = (...all: object[]) => ({ spec: { drivers: all } });

const cases: readonly [string, Definition, object, string, object?][] = [
  ['a driver', kinds.csiDrivers, { spec: {} }, ''],
  [
    'an unknown policy and mode',
    kinds.csiDrivers,
    { spec: { fsGroupPolicy: 'X', volumeLifecycleModes: ['Y'] } },
    '[spec.fsGroupPolicy: Unsupported value: "X": supported values: "File", "None", "ReadWriteOnceWithFSType", spec.volumeLifecycleModes: Unsupported value: "Y": supported values: "Persistent", "Ephemeral"]',
  ],
  [
    'tokens of no time, twice',
    kinds.csiDrivers,
    { spec: { tokenRequests: [{ audience: 'a' }, { audience: 'a', expirationSeconds: 5 }] } },
    'spec.tokenRequests[1].audience: Duplicate value: "a"',
  ],
  [
    'tokens of no time',
    kinds.csiDrivers,
    { spec: { tokenRequests: [{ audience: 'a', expirationSeconds: 5 }] } },
    'spec.tokenRequests[0].expirationSeconds: Invalid value: 5: may not specify a duration less than 10 minutes',
  ],
  [
    'another way to attach',
    kinds.csiDrivers,
    { spec: {} },
    'spec.attachedRequired: Invalid value: false: field is immutable',
    { spec: { attachRequired: false } },
  ],
  ['another policy', kinds.csiDrivers, { spec: {} }, '', { spec: { fsGroupPolicy: 'File' } }],
  ['drivers of a node', kinds.csiNodes, drivers(driver), ''],
  [
    'a driver twice',
    kinds.csiNodes,
    drivers(driver, { ...driver, nodeID: '', topologyKeys: ['a', 'a'] }),
    '[spec.drivers[1].nodeID: Required value, spec.drivers[1].name: Duplicate value: "csi.example.com", spec.drivers[1]: Duplicate value: "a"]',
  ],
  [
    'a driver that can take more',
    kinds.csiNodes,
    drivers(driver),
    'CSINodeDriver: Invalid value: {"Name":"csi.example.com","NodeID":"i","TopologyKeys":null,"Allocatable":{"Count":5}}: field is immutable',
    drivers({ ...driver, allocatable: { count: 5 } }),
  ],
  ['a driver that goes', kinds.csiNodes, drivers(driver), '', drivers()],
  [
    'a driver on another node',
    kinds.csiNodes,
    drivers(driver),
    'CSINodeDriver: Invalid value: {"Name":"csi.example.com","NodeID":"j","TopologyKeys":null,"Allocatable":null}: field is immutable',
    drivers({ ...driver, nodeID: 'j' }),
  ],
  ['an attachment', kinds.volumeAttachments, attachment({}), ''],
  [
    'an attachment of nothing',
    kinds.volumeAttachments,
    attachment({ source: {} }),
    'spec.source: Required value: must specify exactly one of inlineVolumeSpec and persistentVolumeName',
  ],
  [
    'another node',
    kinds.volumeAttachments,
    attachment({}),
    'spec: Invalid value: {"Attacher":"csi.example.com","Source":{"PersistentVolumeName":"v","InlineVolumeSpec":null},"NodeName":"m"}: field is immutable',
    attachment({ nodeName: 'm' }),
  ],
  ['a capacity', kinds.csiStorageCapacities, { storageClassName: 's', capacity: '1Gi' }, ''],
  [
    'less than nothing',
    kinds.csiStorageCapacities,
    { storageClassName: 's', capacity: '-1' },
    'capacity: Invalid value: "-1": must be greater than or equal to 0',
  ],
  [
    'another class',
    kinds.csiStorageCapacities,
    { storageClassName: 's' },
    'storageClassName: Invalid value: "t": field is immutable',
    { storageClassName: 't' },
  ],
  ['attributes', kinds.volumeAttributesClasses, { driverName: 'd', parameters: { a: 'b' } }, ''],
  ['attributes of a driver with a domain', kinds.volumeAttributesClasses, { driverName: 'a.b/C', parameters: { a: 'b' } }, ''],
  [
    'too many parameters',
    kinds.storageClasses,
    { provisioner: 'p', parameters: Object.fromEntries(Array.from({ length: 513 }, (_, i) => [`a${i}`, ''])) },
    'parameters: Too long: may not be more than 512 bytes',
  ],
  [
    'no attributes',
    kinds.volumeAttributesClasses,
    {},
    '[driverName: Required value, parameters: Required value: must contain at least one key/value pair]',
  ],
  [
    'other attributes',
    kinds.volumeAttributesClasses,
    { driverName: 'd', parameters: { a: 'b' } },
    'parameters: Forbidden: updates to parameters are forbidden.',
    { parameters: { a: 'c' } },
  ],
];

for (const [name, definition, body, wanted, change] of cases) {
  test(`storage: ${name}`, () => assert.equal(complaint(definition, body, change), wanted));
}

test('a driver has the defaults of Kubernetes, an attachment no status', () => {
  assert.deepEqual(Reflect.get(created(kinds.csiDrivers, { spec: {} }), 'spec'), {
    attachRequired: true,
    fsGroupPolicy: 'ReadWriteOnceWithFSType',
    podInfoOnMount: false,
    requiresRepublish: false,
    seLinuxMount: false,
    storageCapacity: false,
    volumeLifecycleModes: ['Persistent'],
  });
  const attached = { ...attachment({}), status: { attached: true } };
  assert.deepEqual(Reflect.get(created(kinds.volumeAttachments, attached), 'status'), { attached: false });
});

test('nodes do not say anew what they can take, and the spec of a driver counts its changes', () => {
  const spec = { nodeAllocatableUpdatePeriodSeconds: 60 };
  const old = created(kinds.csiDrivers, { spec });
  assert.equal(Reflect.get(old, 'spec').nodeAllocatableUpdatePeriodSeconds, undefined);
  const changed = updated(kinds.csiDrivers, old, { spec: { ...spec, fsGroupPolicy: 'File' } });
  assert.equal(Reflect.get(changed, 'spec').nodeAllocatableUpdatePeriodSeconds, undefined);
  assert.equal(changed.metadata.generation, 1);
  assert.equal(updated(kinds.csiDrivers, changed, {}).metadata.generation, 1);
});

test('the status of an attachment', () => {
  const said = (status: object) => complaint(kinds.volumeAttachments, attachment({}), { status }, 'status');
  assert.equal(said({ attached: true, attachmentMetadata: { '': '' }, attachError: { message: 'm', errorCode: -1 } }), '');
  assert.equal(
    said({ attached: false, detachError: { message: 'm'.repeat(1025) } }),
    'status.detachError.message: Too long: may not be more than 262144 bytes',
  );
});

test('rows', () => {
  const rows: readonly [Definition, object, string][] = [
    [
      kinds.csiDrivers,
      { spec: { tokenRequests: [{ audience: 'a' }], volumeLifecycleModes: ['Persistent', 'Ephemeral'] } },
      'x true false false a false Persistent,Ephemeral 60m | ',
    ],
    [kinds.csiNodes, drivers(driver), 'x 1 60m | '],
    [kinds.volumeAttachments, { ...attachment({}), status: { attached: true } }, 'x csi.example.com v n true 60m | '],
    [kinds.csiStorageCapacities, { storageClassName: 's' }, 'x s <unset> | '],
    [kinds.volumeAttributesClasses, { driverName: 'd' }, 'x d 60m | '],
    [
      kinds.componentStatuses,
      { conditions: [{ type: 'Healthy', status: 'False', message: 'm', error: 'e' }] },
      'x Unhealthy m e | ',
    ],
    [kinds.componentStatuses, {}, 'x Unknown   | '],
  ];
  for (const [definition, members, wanted] of rows) assert.equal(row(definition, members), wanted, definition.kind);
});
