import assert from 'node:assert/strict';
import { test } from 'node:test';
import { complaint, created, updated } from '../../testing/refusal.js';
import { kinds } from '../kinds.js';

const { namespaces } = kinds;

test('/finalize alone changes the finalizers of the spec', () => {
  const old = created(namespaces, {});
  assert.deepEqual(Reflect.get(old, 'spec'), { finalizers: ['kubernetes'] });
  const change = { spec: { finalizers: [] }, status: { phase: 'Terminating' } };
  assert.deepEqual(Reflect.get(updated(namespaces, old, change), 'spec'), { finalizers: ['kubernetes'] });
  const finalized = updated(namespaces, old, change, 'finalize');
  assert.deepEqual(Reflect.get(finalized, 'spec'), {});
  assert.deepEqual(Reflect.get(finalized, 'status'), { phase: 'Active' });
  assert.equal(
    complaint(namespaces, {}, { spec: { finalizers: ['x'] } }, 'finalize'),
    'spec.finalizers[0]: Invalid value: "x": name is neither a standard finalizer name nor is it fully qualified',
  );
});

test('a namespace is terminating when it is being deleted, and then only', () => {
  assert.equal(
    complaint(namespaces, {}, { status: { phase: 'Terminating' } }, 'status'),
    'status.Phase: Invalid value: "Terminating": may only be \'Active\' if `deletionTimestamp` is empty',
  );
  const old = created(namespaces, {});
  const going = { ...old, metadata: { ...old.metadata, deletionTimestamp: '2024-01-01T00:00:00Z' } };
  updated(namespaces, going, { status: { phase: 'Terminating' } }, 'status');
  assert.throws(() => updated(namespaces, going, { status: { phase: 'Active' } }, 'status'), /may only be 'Terminating'/);
});
