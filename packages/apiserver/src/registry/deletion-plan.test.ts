import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Definition, type KubernetesObject, kinds } from '@flotilla/api';
import { planDeletion } from './deletion.js';
import type { DeleteOptions } from './registry.js';

const nowMs = Date.parse('2026-01-01T00:00:00Z');
const given = (finalizers: readonly string[]): KubernetesObject =>
  ({ apiVersion: 'v1', kind: 'X', metadata: { name: 'x', generation: 3, finalizers }, spec: {} }) as KubernetesObject;

/** What was there, what was asked for, and which finalizers hold the object; none: it goes at once. */
const policies: readonly (readonly [Definition, readonly string[], DeleteOptions['propagationPolicy'], readonly string[]])[] = [
  [kinds.deployments, [], undefined, []],
  [kinds.deployments, [], 'Background', []],
  [kinds.deployments, [], 'Foreground', ['foregroundDeletion']],
  [kinds.deployments, [], 'Orphan', ['orphan']],
  [kinds.deployments, ['a/b'], 'Orphan', ['a/b', 'orphan']],
  [kinds.deployments, ['orphan', 'a/b'], 'Foreground', ['a/b', 'foregroundDeletion']],
  [kinds.deployments, ['orphan', 'a/b'], 'Background', ['a/b']],
  [kinds.deployments, ['foregroundDeletion'], undefined, ['foregroundDeletion']],
  [kinds.jobs, [], undefined, ['orphan']],
  [kinds.jobs, [], 'Background', []],
  [kinds.jobs, ['foregroundDeletion'], undefined, ['foregroundDeletion']],
  [kinds.replicationControllers, [], undefined, ['orphan']],
  [kinds.events, [], 'Foreground', []],
];

for (const [definition, finalizers, propagationPolicy, expected] of policies) {
  const what = `${definition.plural} with [${finalizers}], deleted ${propagationPolicy ?? 'without a policy'}`;
  test(`${what}: [${expected}]`, () => {
    const plan = planDeletion(definition, given(finalizers), { dryRun: false, propagationPolicy }, nowMs);
    assert.deepEqual(plan.vanishes ? [] : plan.marked.metadata.finalizers, expected);
    if (!plan.vanishes) assert.equal(plan.marked.metadata.generation, 4);
  });
}

const pod = (left: number | undefined, grace: number): KubernetesObject => {
  const deletion =
    left === undefined
      ? {}
      : { deletionTimestamp: new Date(nowMs + left * 1_000).toISOString(), deletionGracePeriodSeconds: grace };
  const spec = { nodeName: 'n', terminationGracePeriodSeconds: 30 };
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'x', ...deletion }, spec } as KubernetesObject;
};

/** Seconds left and grace, those asked for, and those left and granted after it; undefined: it goes at once. */
const graces: readonly (readonly [number | undefined, number, number | undefined, readonly [number, number] | undefined])[] = [
  [undefined, 0, undefined, [30, 30]],
  [undefined, 0, 5, [5, 5]],
  [undefined, 0, -3, [1, 1]],
  [undefined, 0, 0, undefined],
  [20, 30, undefined, [20, 30]],
  [20, 30, 60, [20, 30]],
  [20, 30, 15, [5, 15]],
  [20, 30, 5, [0, 1]],
  [20, 30, 0, undefined],
];

for (const [left, grace, asked, expected] of graces) {
  test(`a pod with ${left ?? 'all'} of ${grace} s left, deleted with ${asked ?? 'its own'}: ${expected ?? 'gone'}`, () => {
    const options = { dryRun: false, gracePeriodSeconds: asked };
    const plan = planDeletion(kinds.pods as unknown as Definition, pod(left, grace), options, nowMs);
    if (plan.vanishes || expected === undefined) {
      assert.equal(plan.vanishes, expected === undefined);
      return;
    }
    const { deletionTimestamp = '', deletionGracePeriodSeconds } = plan.marked.metadata;
    assert.deepEqual([(Date.parse(deletionTimestamp) - nowMs) / 1_000, deletionGracePeriodSeconds], expected);
  });
}
