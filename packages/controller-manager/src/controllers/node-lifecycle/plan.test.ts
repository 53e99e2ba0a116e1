import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Node, Taint } from '@flotilla/api';
import { ManualClock } from '@flotilla/base';
import { Heartbeats } from './heartbeats.js';
import { planTaints, silentConditions } from './plan.js';

const nowMs = Date.parse('2026-01-01T01:00:00Z');

function node(ready: string | undefined, more: { taints?: Taint[]; unschedulable?: boolean; pressure?: string } = {}): Node {
  const conditions = [
    ...(ready === undefined ? [] : [{ type: 'Ready', status: ready, lastHeartbeatTime: 'then', lastTransitionTime: 'then' }]),
    ...(more.pressure === undefined ? [] : [{ type: more.pressure, status: 'True' }]),
  ];
  const { taints, unschedulable } = more;
  const spec = { ...(taints !== undefined && { taints }), ...(unschedulable !== undefined && { unschedulable }) };
  return { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n' }, spec, status: { conditions } };
}

const mine = { key: 'mine', effect: 'NoSchedule' };
const unreachable = ['NoSchedule', 'NoExecute'].map((effect) => ({ key: 'node.kubernetes.io/unreachable', effect }));

for (const [what, given, evict, expected] of [
  ['a good node has none', node('True'), true, undefined],
  ['others are kept', node('True', { taints: [mine, ...unreachable] }), true, ['mine:NoSchedule']],
  ['not ready', node('False'), true, ['node.kubernetes.io/not-ready:NoSchedule', 'node.kubernetes.io/not-ready:NoExecute']],
  ['just registered', node(undefined), true, ['node.kubernetes.io/not-ready:NoSchedule']],
  ['unknown like all others', node('Unknown'), false, ['node.kubernetes.io/unreachable:NoSchedule']],
  ['unknown, and tainted so', node('Unknown', { taints: [...unreachable] }), true, undefined],
  ['cordoned', node('True', { unschedulable: true }), true, ['node.kubernetes.io/unschedulable:NoSchedule']],
  ['short of memory', node('True', { pressure: 'MemoryPressure' }), true, ['node.kubernetes.io/memory-pressure:NoSchedule']],
] as const) {
  test(`taints: ${what}`, () => {
    assert.deepEqual(
      planTaints(given, evict, nowMs)?.map(({ key, effect }) => `${key}:${effect}`),
      expected,
    );
  });
}

test('a silent node is Unknown, once', () => {
  const conditions = silentConditions(node('True', { pressure: 'NetworkUnavailable' }), nowMs);
  assert.deepEqual(
    conditions?.map(({ type, status }) => `${type}=${status}`),
    ['NetworkUnavailable=True', 'Ready=Unknown', 'MemoryPressure=Unknown', 'DiskPressure=Unknown', 'PIDPressure=Unknown'],
  );
  const ready = conditions?.find(({ type }) => type === 'Ready');
  assert.deepEqual([ready?.lastHeartbeatTime, ready?.lastTransitionTime], ['then', '2026-01-01T01:00:00Z']);
  assert.equal(silentConditions({ ...node('True'), status: { conditions: conditions ?? [] } }, nowMs), undefined);
});

test('silence is measured by our clock, from the last change that we saw', () => {
  const clock = new ManualClock();
  const heartbeats = new Heartbeats(clock);
  const meta = { name: 'n', uid: 'u', resourceVersion: '1', creationTimestamp: '' };
  const lease = (renewTime: string) => ({ apiVersion: '', kind: 'Lease', metadata: meta, spec: { renewTime } });
  assert.equal(heartbeats.silentMs('n'), 0);
  assert.equal(heartbeats.seeLease(lease('1')), true);
  clock.advance(10_000);
  assert.equal(heartbeats.seeLease(lease('1')), false);
  assert.equal(heartbeats.silentMs('n'), 10_000);
  assert.equal(heartbeats.seeNode({ ...node('True'), metadata: meta }), true);
  assert.equal(heartbeats.silentMs('n'), 0);
  clock.advance(10_000);
  heartbeats.restart();
  assert.equal(heartbeats.silentMs('n'), 0);
});
