import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Persisted, Pod, ReplicaSet } from '@flotilla/api';
import { planReplicas, rankForDeletion } from './plan.js';
import { observeReplicas } from './status.js';

const nowMs = Date.parse('2026-01-01T01:00:00Z');

interface Traits {
  node?: string;
  phase?: string;
  readySince?: string;
  cost?: number;
  restarts?: number;
  created?: string;
}

function pod(
  name: string,
  { node, phase = 'Running', readySince, cost, restarts = 0, created = '2026-01-01T00:00:00Z' }: Traits = {},
): Persisted<Pod> {
  const annotations = cost === undefined ? {} : { annotations: { 'controller.kubernetes.io/pod-deletion-cost': String(cost) } };
  const ready = readySince === undefined ? 'False' : 'True';
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, uid: name, resourceVersion: '1', creationTimestamp: created, ...annotations },
    spec: { containers: [], ...(node !== undefined && { nodeName: node }) },
    status: {
      phase,
      conditions: [{ type: 'Ready', status: ready, ...(readySince !== undefined && { lastTransitionTime: readySince }) }],
      containerStatuses: [{ name: 'c', image: '', imageID: '', ready: ready === 'True', restartCount: restarts }],
    },
  };
}

const early = '2026-01-01T00:00:00Z';
const late = '2026-01-01T00:59:50Z';

for (const [what, first, second] of [
  ['unassigned before assigned', {}, { node: 'n', readySince: early }],
  ['pending before running', { node: 'n', phase: 'Pending' }, { node: 'n' }],
  ['unready before ready', { node: 'n' }, { node: 'n', readySince: early }],
  ['cheap before dear', { node: 'n', readySince: early, cost: -5 }, { node: 'n', readySince: early }],
  ['ready for a short time before ready for long', { node: 'n', readySince: late }, { node: 'n', readySince: early }],
  ['restarting before steady', { node: 'n', readySince: early, restarts: 3 }, { node: 'n', readySince: early }],
  ['young before old', { node: 'n', readySince: early, created: late }, { node: 'n', readySince: early }],
] as const) {
  test(`deletion ranks ${what}`, () => {
    const pods = [pod('second', second), pod('first', first)];
    assert.deepEqual(
      rankForDeletion(pods, [], nowMs).map(({ metadata }) => metadata.name),
      ['first', 'second'],
    );
  });
}

test('deletion ranks pods of a crowded node first', () => {
  const pods = [pod('alone', { node: 'a', readySince: early }), pod('crowded', { node: 'b', readySince: early })];
  const related = [...pods, pod('neighbour', { node: 'b', readySince: early })];
  assert.equal(rankForDeletion(pods, related, nowMs)[0]?.metadata.name, 'crowded');
});

const replicaSet = (replicas: number, minReadySeconds = 0): Persisted<ReplicaSet> => ({
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  metadata: { name: 'rs', uid: 'rs', resourceVersion: '1', creationTimestamp: early, generation: 7 },
  spec: { replicas, minReadySeconds, selector: { matchLabels: { app: 'a' } }, template: { metadata: { labels: {} } } },
});

test('a plan creates what is missing and deletes what is too much, in bursts', () => {
  const pods = [pod('a'), pod('b', { node: 'n' })];
  assert.deepEqual(planReplicas(replicaSet(5), pods, pods, nowMs), { create: 3, delete: [] });
  assert.deepEqual(planReplicas(replicaSet(1), pods, pods, nowMs), { create: 0, delete: [pods[0]] });
  assert.deepEqual(planReplicas(replicaSet(2), pods, pods, nowMs), { create: 0, delete: [] });
  assert.equal(planReplicas(replicaSet(5_000), pods, pods, nowMs).create, 500);
});

test('status: a pod is available once it has been ready for minReadySeconds', () => {
  const pods = [pod('a', { readySince: early }), pod('b', { readySince: late }), pod('c')];
  const { status, nextAvailableMs } = observeReplicas(replicaSet(3, 30), pods, undefined, nowMs);
  assert.deepEqual([status.replicas, status.readyReplicas, status.availableReplicas, status.observedGeneration], [3, 2, 1, 7]);
  assert.equal(nextAvailableMs, 20_000);
  const failed = observeReplicas(replicaSet(3), pods, { reason: 'FailedCreate', message: 'quota' }, nowMs);
  assert.equal(failed.status.conditions?.[0]?.message, 'quota');
});
