import assert from 'node:assert/strict';
import { test } from 'node:test';
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

test('a bookmark has cells of nothing, and is known where initial events end', () => {
  const bookmark = (annotations: Record<string, string>) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { resourceVersion: '5', annotations },
  });
  const rowOf = (annotations: Record<string, string>) =>
    tableOf(kinds.pods, [bookmark(annotations)], nowMs, { includeObject: 'None' }).rows[0];
  assert.deepEqual(rowOf({}), { cells: kinds.pods.columns.map(() => null), object: null });
  const end = { 'k8s.io/initial-events-end': 'true' };
  assert.deepEqual(rowOf(end)?.object, {
    kind: 'PartialObjectMetadata',
    apiVersion: 'meta.k8s.io/v1',
    metadata: { resourceVersion: '5', annotations: end },
  });
});

test('a scale has columns of its own, whichever kind it belongs to', () => {
  const scale = { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata, spec: { replicas: 3 }, status: { replicas: 2 } };
  for (const definition of [kinds.deployments, kinds.replicationControllers]) {
    const { columnDefinitions, rows } = tableOf(definition, [scale], nowMs);
    assert.deepEqual(
      columnDefinitions?.map(({ name, type, format }) => `${name} ${type} ${format}`),
      ['Name string ', 'Desired integer ', 'Available integer ', 'Age string '],
    );
    assert.deepEqual(rows[0]?.cells, ['x', 3, 2, '60m']);
  }
  const custom = { ...kinds.deployments, schema: {} };
  const of0 = { ...scale, spec: {} };
  const { columnDefinitions, rows } = tableOf(custom, [of0], nowMs);
  assert.deepEqual(
    columnDefinitions?.map(({ name, type, format }) => `${name} ${type} ${format}`),
    ['Name string name', 'Desired integer ', 'Available integer ', 'Age date '],
  );
  assert.deepEqual(rows[0]?.cells, ['x', null, 2, '60m']);
});

test('rows carry what was asked for', () => {
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { a: 'b' } };
  const carried = (includeObject: 'None' | 'Metadata' | 'Object') =>
    tableOf(kinds.configMaps, [object], nowMs, { includeObject }).rows[0]?.object;
  assert.equal(carried('None'), null);
  assert.deepEqual(carried('Metadata'), { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata });
  assert.deepEqual(carried('Object'), object);
  assert.deepEqual(tableOf(kinds.configMaps, [object], nowMs, { columns: false }).columnDefinitions, null);
});
