import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CustomResourceColumnDefinition } from '../generated/types.js';
import type { KubernetesObject } from '../objects.js';
import { printerColumns } from './printer-columns.js';

const nowMs = Date.parse('2026-01-02T00:00:00Z');

function cell(type: string, value: unknown): unknown {
  const [, column] = printerColumns([{ name: 'Of', type, jsonPath: '.of' }]);
  const object = { apiVersion: 'a/v1', kind: 'A', metadata: { name: 'x' }, of: value };
  return column?.cell(object as unknown as KubernetesObject, nowMs); // whatever custom resources hold
}

test('what cells show, by the type of their column', () => {
  for (const [type, value, shown] of [
    ['string', 'a <b>', 'a <b>'],
    ['string', undefined, null],
    ['string', null, '<no value>'],
    ['string', 5, '5'],
    ['string', { b: '<&>', a: [{ d: 1, c: true }] }, '{"a":[{"c":true,"d":1}],"b":"\\u003c\\u0026\\u003e"}'],
    ['integer', 2.9, 2],
    ['integer', '2', null],
    ['integer', null, null],
    ['number', 2.5, 2.5],
    ['boolean', true, true],
    ['boolean', 'true', null],
    ['date', '2026-01-01T00:00:00Z', '24h'],
    ['date', '2026-01-01', '<invalid>'],
    ['date', '', '<unknown>'],
    ['date', 5, null],
    ['date', undefined, null],
  ] as const) {
    assert.deepEqual(cell(type, value), shown, `${type} of ${JSON.stringify(value)}`);
  }
});

test('a path that cannot be read ends the columns', () => {
  const column = (name: string, jsonPath: string): CustomResourceColumnDefinition => ({ name, type: 'string', jsonPath });
  const names = (...given: CustomResourceColumnDefinition[]) => printerColumns(given).map(({ name }) => name);
  assert.deepEqual(names(column('A', '.a'), column('B', '.b['), column('C', '.c')), ['Name', 'A']);
  assert.deepEqual(names(), ['Name', 'Age']);
});
