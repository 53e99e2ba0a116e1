import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Node, Persisted, Pod } from '@flotilla/api';
import { planPodGc } from './plan.js';

function pod(name: string, nodeName?: string, more: { phase?: string; deleting?: boolean } = {}): Persisted<Pod> {
  const deletion = more.deleting === true ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {};
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, uid: name, resourceVersion: '1', creationTimestamp: `2026-01-01T00:00:0${name.slice(-1)}Z`, ...deletion },
    spec: { containers: [], ...(nodeName !== undefined && { nodeName }) },
    status: { phase: more.phase ?? 'Running' },
  };
}

const node = (name: string, ready: string, taints: string[] = []): [string, Node] => [
  name,
  {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name },
    spec: { taints: taints.map((key) => ({ key, effect: 'NoExecute' })) },
    status: { conditions: [{ type: 'Ready', status: ready }] },
  },
];

test('finds pods of nodes that are gone, pods that nobody will end, and the oldest of too many ended ones', () => {
  const pods = [
    pod('kept-1', 'good'),
    pod('orphaned-2', 'gone'),
    pod('ending-3', 'good', { deleting: true }),
    pod('unbound-4', undefined, { deleting: true }),
    pod('unbound-5'),
    pod('stuck-6', 'broken', { deleting: true }),
    pod('ended-9', 'good', { phase: 'Succeeded' }),
    pod('ended-7', 'good', { phase: 'Failed' }),
    pod('ended-8', 'good', { phase: 'Failed' }),
  ];
  const nodes = new Map([node('good', 'True'), node('broken', 'Unknown', ['node.kubernetes.io/out-of-service'])]);
  const names = (list: readonly Persisted<Pod>[]) => list.map(({ metadata }) => metadata.name);
  const plan = planPodGc({ pods, nodes, terminatedMax: 1 });
  assert.deepEqual(names(plan.orphaned), ['orphaned-2']);
  assert.deepEqual(names(plan.abandoned), ['unbound-4', 'stuck-6']);
  assert.deepEqual(names(plan.terminated), ['ended-7', 'ended-8']);
  assert.deepEqual(names(planPodGc({ pods, nodes, terminatedMax: 0 }).terminated), []);
});
