import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tableOf } from '../columns/table.js';
import type { Definition } from '../definition.js';
import { row, rowMetadata } from '../testing/row.js';
import { kinds } from './kinds.js';

const hosts = (...names: string[]) => ({ spec: { rules: names.map((host) => (host === '' ? {} : { host })) } });
const betaClass = { ...rowMetadata, annotations: { 'volume.beta.kubernetes.io/storage-class': 'old' } };
const quota = (...names: string[]) => ({ status: { hard: Object.fromEntries(names.map((name) => [name, '1'])) } });

/** What of Kubernetes' cells is easily taken for something simpler. */
const rows: readonly [string, Definition, object, string][] = [
  ['three hosts', kinds.ingresses, hosts('a', 'b', 'c'), 'x <none> a,b,c  80 60m | '],
  [
    'hosts, and rules without one among them',
    kinds.ingresses,
    hosts('a', '', 'b', 'c', 'd'),
    'x <none> a,b,c + 2 more...  80 60m | ',
  ],
  ['three hosts and a rule without one', kinds.ingresses, hosts('a', 'b', 'c', ''), 'x <none> a,b,c + 1 more...  80 60m | '],
  ['four rules without a host', kinds.ingresses, hosts('', '', '', ''), 'x <none> *  80 60m | '],
  [
    'a volume whose class is an annotation',
    kinds.persistentVolumes,
    { metadata: betaClass, spec: { storageClassName: 'new' } },
    'x 0     old <unset>  60m | <unset>',
  ],
  [
    'a claim whose class is an annotation',
    kinds.persistentVolumeClaims,
    { metadata: betaClass, spec: { storageClassName: 'new' } },
    'x     old <unset> 60m | <unset>',
  ],
  [
    'attributes of volumes, whatever their annotations',
    kinds.volumeAttributesClasses,
    {
      metadata: { ...rowMetadata, annotations: { 'volumeattributesclass.alpha.kubernetes.io/is-default-class': 'true' } },
      driverName: 'd',
    },
    'x d 60m | ',
  ],
  [
    'a quota on names of which one begins like another',
    kinds.resourceQuotas,
    quota('services.nodeports', 'services', 'limits.memory', 'limits.cpu'),
    'x services: 0/1, services.nodeports: 0/1 limits.cpu: 0/1, limits.memory: 0/1 60m | ',
  ],
  [
    'an address of a kind of a group',
    kinds.ipAddresses,
    { spec: { parentRef: { group: 'A.io', resource: 'Gateways', name: 'G' } } },
    'x gateways.a.io/G | ',
  ],
  ['an address of nothing', kinds.ipAddresses, { spec: {} }, 'x <none> | '],
  ['a cron job that says nothing of its suspension', kinds.cronJobs, cron({}), 'x @daily <none> <unset> 0 <none> 60m |   <none>'],
  ['a cron job that goes on', kinds.cronJobs, cron({ suspend: false }), 'x @daily <none> False 0 <none> 60m |   <none>'],
  ['a revision of no number', kinds.controllerRevisions, {}, 'x <none> 0 60m | '],
  [
    'an event of a series that was not observed',
    kinds.events,
    { involvedObject: { kind: 'Pod' }, series: {}, count: 3, lastTimestamp: '2024-01-01T00:59:00Z' },
    '<unknown>   pod  |   <unknown> 0 x',
  ],
  [
    'an event of a series',
    kinds.events,
    { involvedObject: { kind: 'Pod' }, series: { count: 4, lastObservedTime: '2024-01-01T00:59:00.000000Z' } },
    '60s   pod  |   <unknown> 4 x',
  ],
];

function cron(spec: object): object {
  return { spec: { schedule: '@daily', jobTemplate: { spec: { template: {} } }, ...spec } };
}

for (const [name, definition, members, wanted] of rows)
  test(`the row of ${name}`, () => assert.equal(row(definition, members), wanted));

test('an address has no age', () =>
  assert.deepEqual(
    kinds.ipAddresses.columns.map(({ name }) => name),
    ['Name', 'ParentRef'],
  ));

test('the count of an event is a number in a column of texts', () => {
  const at = kinds.events.columns.findIndex(({ name }) => name === 'Count');
  const event = { apiVersion: 'v1', kind: 'Event', metadata: rowMetadata, involvedObject: {} };
  const { columnDefinitions, rows: shown } = tableOf(kinds.events, [event], 0);
  assert.equal(columnDefinitions?.[at]?.type, 'string');
  assert.equal(shown[0]?.cells[at], 1);
});
