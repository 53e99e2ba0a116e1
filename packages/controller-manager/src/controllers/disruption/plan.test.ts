import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Persisted, Pod, PodDisruptionBudget } from '@flotilla/api';
import { failedStatus, planBudget, sameStatus, wantedBy } from './plan.js';

const nowMs = Date.parse('2026-01-01T00:10:00Z');
const now = '2026-01-01T00:10:00Z';

function budget(spec: PodDisruptionBudget['spec'], status?: object): Persisted<PodDisruptionBudget> {
  const metadata = { name: 'b', namespace: 'default', uid: 'u', resourceVersion: '1', generation: 3 };
  return { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata, spec, status } as Persisted<PodDisruptionBudget>;
}

function pod(name: string, ready = true, deletionTimestamp?: string): Persisted<Pod> {
  const metadata = {
    name,
    namespace: 'default',
    uid: name,
    resourceVersion: '1',
    ...(deletionTimestamp && { deletionTimestamp }),
  };
  const conditions = [{ type: 'Ready', status: ready ? 'True' : 'False' }];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata,
    spec: { containers: [] },
    status: { conditions },
  } as unknown as Persisted<Pod>;
}

describe('how many pods a budget wants', () => {
  const rows: readonly (readonly [PodDisruptionBudget['spec'], number, number, readonly [number, number]])[] = [
    [{ minAvailable: 2 }, 5, 99, [5, 2]],
    [{ minAvailable: '50%' }, 5, 7, [7, 4]],
    [{ maxUnavailable: 1 }, 5, 7, [7, 6]],
    [{ maxUnavailable: '30%' }, 5, 7, [7, 4]],
    [{ maxUnavailable: 9 }, 5, 7, [7, 0]],
    [{}, 5, 7, [0, 0]],
  ];
  for (const [spec, pods, scale, [expectedPods, desiredHealthy]] of rows) {
    test(JSON.stringify(spec), async () => {
      assert.deepEqual(await wantedBy({ ...budget(spec) }, pods, async () => scale), { expectedPods, desiredHealthy });
    });
  }

  test('a number of available pods asks nobody', async () => {
    const nobody = () => Promise.reject(new Error('asked'));
    assert.deepEqual(await wantedBy(budget({ minAvailable: 1 }), 1, nobody), { expectedPods: 1, desiredHealthy: 1 });
  });

  test('text that is no percentage', async () => {
    await assert.rejects(
      wantedBy(budget({ minAvailable: 'many' }), 1, async () => 1),
      RangeError,
    );
  });
});

describe('the status of a budget', () => {
  const wanted = { expectedPods: 3, desiredHealthy: 1 };
  const rows: readonly (readonly [string, readonly Persisted<Pod>[], object, readonly [number, number, string]])[] = [
    ['all are well', [pod('a'), pod('b'), pod('c')], {}, [3, 2, 'SufficientPods']],
    ['one is not ready', [pod('a'), pod('b'), pod('c', false)], {}, [2, 1, 'SufficientPods']],
    ['one is leaving', [pod('a'), pod('b'), pod('c', true, now)], {}, [2, 1, 'SufficientPods']],
    ['as few as may be', [pod('a')], {}, [1, 0, 'InsufficientPods']],
    ['fewer', [pod('a', false)], {}, [0, 0, 'InsufficientPods']],
    ['one is about to go', [pod('a'), pod('b')], { disruptedPods: { a: '2026-01-01T00:09:00Z' } }, [1, 0, 'InsufficientPods']],
    [
      'one should have gone long ago',
      [pod('a'), pod('b')],
      { disruptedPods: { a: '2026-01-01T00:07:59Z' } },
      [2, 1, 'SufficientPods'],
    ],
  ];
  for (const [name, pods, status, [healthy, allowed, reason]] of rows) {
    test(name, () => {
      const plan = planBudget(budget({}, status), pods, wanted, nowMs, now);
      assert.deepEqual([plan.status.currentHealthy, plan.status.disruptionsAllowed], [healthy, allowed]);
      assert.deepEqual([plan.status.expectedPods, plan.status.desiredHealthy, plan.status.observedGeneration], [3, 1, 3]);
      const [condition] = plan.status.conditions ?? [];
      const told = { type: 'DisruptionAllowed', status: allowed > 0 ? 'True' : 'False', reason, message: '' };
      assert.deepEqual(condition, { ...told, observedGeneration: 3, lastTransitionTime: now });
    });
  }

  test('evictions are remembered for two minutes', () => {
    const disruptedPods = { a: '2026-01-01T00:09:00Z', b: '2026-01-01T00:07:59Z', gone: '2026-01-01T00:09:00Z', c: now };
    const pods = [pod('a'), pod('b'), pod('c', true, now)];
    const { status, notDeleted, recheckAfterMs } = planBudget(budget({}, { disruptedPods }), pods, wanted, nowMs, now);
    assert.deepEqual(status.disruptedPods, { a: '2026-01-01T00:09:00Z' });
    assert.deepEqual(
      notDeleted.map(({ metadata }) => metadata.name),
      ['b'],
    );
    assert.equal(recheckAfterMs, 60_000);
  });

  test('a pod may be called as a member that every object has', () => {
    const { status } = planBudget(budget({}, {}), [pod('constructor'), pod('a')], wanted, nowMs, now);
    assert.deepEqual([status.currentHealthy, status.disruptedPods], [2, undefined]);
  });

  test('without pods to expect nothing is allowed', () => {
    const none = { expectedPods: 0, desiredHealthy: 0 };
    assert.equal(planBudget(budget({}), [pod('a')], none, nowMs, now).status.disruptionsAllowed, 0);
  });

  test('it is the same until something changes', () => {
    const { status } = planBudget(budget({}), [pod('a'), pod('b')], wanted, nowMs, now);
    const { disruptedPods: _none, ...stored } = JSON.parse(JSON.stringify({ ...status, disruptedPods: {} }));
    const later = planBudget(budget({}, stored), [pod('a'), pod('b')], wanted, nowMs + 5_000, '2026-01-01T00:10:05Z');
    assert.ok(sameStatus(later.status, stored));
    const other = planBudget(budget({}, stored), [pod('a')], wanted, nowMs + 5_000, '2026-01-01T00:10:05Z');
    assert.ok(!sameStatus(other.status, stored));
  });

  test('what cannot be computed allows nothing, and says why', () => {
    const status = { disruptionsAllowed: 2, currentHealthy: 4, desiredHealthy: 2, expectedPods: 4, observedGeneration: 2 };
    const failed = failedStatus(budget({}, status), 'no idea', now);
    const condition = { type: 'DisruptionAllowed', status: 'False', reason: 'SyncFailed', message: 'no idea' };
    const conditions = [{ ...condition, observedGeneration: 2, lastTransitionTime: now }];
    assert.deepEqual(failed, { ...status, disruptionsAllowed: 0, conditions });
  });
});
