import assert from 'node:assert/strict';
import { test } from 'node:test';
import { created, updated } from '../testing/refusal.js';
import { kinds } from './kinds.js';

test('who is to lead is not agreed upon in leases', () => {
  const spec = { holderIdentity: 'me', strategy: 'OldestEmulationVersion', preferredHolder: 'you' };
  const old = created(kinds.leases, { spec });
  assert.deepEqual(Reflect.get(old, 'spec'), { holderIdentity: 'me' });
  assert.deepEqual(Reflect.get(updated(kinds.leases, old, { spec }), 'spec'), { holderIdentity: 'me' });
});

test('the generation of a priority stays', () => {
  const old = created(kinds.priorityClasses, { value: 1 });
  assert.equal(old.metadata.generation, 1);
  assert.equal(updated(kinds.priorityClasses, old, { description: 'd' }).metadata.generation, 1);
});

test('a new budget allows nothing yet, and says so in numbers', () => {
  const status = { disruptionsAllowed: 5, currentHealthy: 5, desiredHealthy: 5, expectedPods: 5, observedGeneration: 5 };
  const made = created(kinds.podDisruptionBudgets, { spec: { minAvailable: 1 }, status });
  const zeros = { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 };
  assert.deepEqual(Reflect.get(made, 'status'), zeros);
});
