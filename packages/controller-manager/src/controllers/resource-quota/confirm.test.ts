import assert from 'node:assert/strict';
import { test } from 'node:test';
import { confirmCount, type Look } from './confirm.js';

type Usage = Readonly<Record<string, string>>;

const rows: readonly (readonly [string, Usage, Usage, Look | undefined, Usage, boolean])[] = [
  ['a first count', { pods: '2' }, {}, undefined, { pods: '2' }, false],
  ['more than before', { pods: '2' }, { pods: '1' }, undefined, { pods: '2' }, false],
  ['less than before is doubted', { pods: '1' }, { pods: '2' }, undefined, { pods: '2' }, true],
  ['and believed when nothing was charged since', { pods: '1' }, { pods: '2' }, { used: { pods: '2' } }, { pods: '1' }, false],
  ['but not when something was', { pods: '1' }, { pods: '3' }, { used: { pods: '2' } }, { pods: '3' }, true],
  [
    'each name for itself',
    { pods: '1', secrets: '0' },
    { pods: '2', secrets: '4' },
    { used: { pods: '2', secrets: '3' } },
    { pods: '1', secrets: '4' },
    true,
  ],
  ['names that are limited no more go', { pods: '1' }, { pods: '1', secrets: '4' }, undefined, { pods: '1' }, false],
];
for (const [name, counted, current, earlier, used, open] of rows) {
  test(name, () => assert.deepEqual(confirmCount(counted, current, earlier), { used, open }));
}
