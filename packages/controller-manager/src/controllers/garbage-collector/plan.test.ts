import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Persisted } from '@flotilla/api';
import { judge, type OwnerState } from './plan.js';

const object = (finalizers: string[] = []): Persisted => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', uid: 'p', resourceVersion: '1', creationTimestamp: '', finalizers },
});
const owners = (...states: OwnerState[]) =>
  states.map((state, i) => ({ state, owner: { apiVersion: 'v1', kind: 'ConfigMap', name: `o${i}`, uid: `o${i}` } }));

for (const [what, states, dependents, finalizers, expected] of [
  ['nobody owns it', [], false, [], { do: 'keep' }],
  ['all owners are there', ['present', 'present'], false, [], { do: 'keep' }],
  ['one of two is gone', ['absent', 'present'], false, [], { do: 'disown', uids: ['o0'] }],
  ['all are gone', ['absent', 'absent'], false, [], { do: 'delete', propagationPolicy: 'Background' }],
  ['its owner waits for it', ['waiting'], false, [], { do: 'delete', propagationPolicy: 'Background' }],
  ['its owner waits for it and it has dependents', ['waiting'], true, [], { do: 'delete', propagationPolicy: 'Foreground' }],
  ['it was to leave its dependents', ['absent'], true, ['orphan'], { do: 'delete', propagationPolicy: 'Orphan' }],
  [
    'it was to go in the foreground',
    ['absent'],
    false,
    ['foregroundDeletion'],
    { do: 'delete', propagationPolicy: 'Foreground' },
  ],
] as const) {
  test(`an object, when ${what}`, () =>
    assert.deepEqual(judge(object([...finalizers]), owners(...states), dependents), expected));
}
