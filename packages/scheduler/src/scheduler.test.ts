import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Requirement } from '@flotilla/api';
import { nodesToFind } from './find-node.js';
import { makeNode, makePod } from './testing/objects.js';
import { SimulatedCluster } from './testing/simulated-cluster.js';

function setUp(
  t: TestContext,
  nodes: number,
  options: { zones?: number; seed?: number; siblings?: readonly Requirement[] } = {},
) {
  const cluster = new SimulatedCluster(options.seed ?? 1, () => options.siblings);
  t.after(() => cluster.stop());
  for (let i = 0; i < nodes; i++) {
    const labels = { 'topology.kubernetes.io/zone': `zone-${i % (options.zones ?? 3)}` };
    cluster.scheduler.nodeAppeared(makeNode(`n${i}`, { labels }));
  }
  return cluster;
}
const web = (i: number, more = {}) => makePod(`web-${i}`, { cpu: '100m', labels: { app: 'web' }, ...more });
const siblings: readonly Requirement[] = [{ key: 'app', operator: '=', values: ['web'] }];

test('three replicas on three nodes: one each', async (t) => {
  const cluster = setUp(t, 3, { siblings });
  cluster.create(web(1), web(2), web(3));
  await cluster.settle();
  assert.deepEqual(Object.values(cluster.counts()), [1, 1, 1]);
});

test('nothing is ever overcommitted, and everybody finds the room there is', async (t) => {
  const cluster = setUp(t, 50);
  for (let i = 0; i < 250; i++) cluster.create(makePod(`p${i}`, { cpu: '1', memory: '512Mi' }));
  await cluster.settle();
  const counts = Object.values(cluster.counts());
  assert.equal(counts.length, 50);
  assert.ok(counts.every((count) => count === 4));
  assert.equal(cluster.scheduler.queue.sizes.unschedulable, 50);
  assert.equal(
    cluster.failures[0]?.message,
    '0/50 nodes are available: 50 Insufficient cpu. preemption: 0/50 nodes are available: 50 No preemption victims found for incoming pod.',
  );
});

test('a thousand nodes, two thousand pods, spread over hosts and zones', async (t) => {
  const cluster = setUp(t, 1_000, { zones: 4 });
  const constraint = { maxSkew: 1, whenUnsatisfiable: 'DoNotSchedule', labelSelector: { matchLabels: { app: 'web' } } };
  const spread = { topologySpreadConstraints: [{ ...constraint, topologyKey: 'topology.kubernetes.io/zone' }] };
  for (let i = 0; i < 200; i++) cluster.create(web(i, { spec: spread }));
  for (let i = 0; i < 1_800; i++) cluster.create(makePod(`filler-${i}`, { cpu: '250m' }));
  await cluster.settle();
  const zones = [0, 0, 0, 0];
  for (let i = 0; i < 200; i++) zones[Number(cluster.nodeOf(`web-${i}`).slice(1)) % 4]!++;
  assert.deepEqual(zones, [50, 50, 50, 50]);
  assert.equal(cluster.failures.length, 0);
  assert.equal([...cluster.pods.values()].filter(({ spec }) => (spec.nodeName ?? '') === '').length, 0);
});

test('required anti-affinity: never two on one host, and the fourth of three waits for a node', async (t) => {
  const cluster = setUp(t, 3);
  const term = { labelSelector: { matchLabels: { app: 'web' } }, topologyKey: 'kubernetes.io/hostname' };
  const spec = { affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } } };
  for (let i = 0; i < 4; i++) cluster.create(web(i, { spec }));
  await cluster.settle();
  assert.deepEqual(Object.values(cluster.counts()), [1, 1, 1]);
  assert.match(cluster.failures[0]!.message, /^0\/3 nodes are available: 3 node\(s\) didn't match pod anti-affinity rules\./);
  cluster.clock.advance(1_000);
  cluster.scheduler.nodeAppeared(makeNode('n3'));
  await cluster.settle();
  assert.deepEqual(Object.values(cluster.counts()), [1, 1, 1, 1]);
});

test('without nodes a pod waits, and is placed when one appears', async (t) => {
  const cluster = setUp(t, 0);
  cluster.create(web(1));
  await cluster.settle();
  assert.equal(cluster.failures[0]?.message, 'no nodes available to schedule pods');
  cluster.scheduler.nodeAppeared(makeNode('late'));
  cluster.clock.advance(1_000);
  await cluster.settle();
  assert.equal(cluster.nodeOf('web-1'), 'late');
});

test('each node says why not, once per reason', async (t) => {
  const cluster = setUp(t, 0);
  cluster.scheduler.nodeAppeared(makeNode('a', { spec: { taints: [{ key: 'gpu', value: 'yes', effect: 'NoSchedule' }] } }));
  cluster.scheduler.nodeAppeared(makeNode('b', { spec: { taints: [{ key: 'gpu', value: 'yes', effect: 'NoSchedule' }] } }));
  cluster.scheduler.nodeAppeared(makeNode('c', { status: { allocatable: { cpu: '1', pods: '10' } } }));
  cluster.create(makePod('big', { cpu: '2' }));
  await cluster.settle();
  assert.deepEqual(cluster.failures, [
    {
      pod: 'big',
      reason: 'Unschedulable',
      message:
        '0/3 nodes are available: 1 Insufficient cpu, 2 node(s) had untolerated taint {gpu: yes}. preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.',
      nominated: '',
    },
  ]);
});

test('a binding that fails gives the room back and is tried again after a second', async (t) => {
  const cluster = setUp(t, 1);
  cluster.bindingFaults.push('refused');
  cluster.create(makePod('p', { cpu: '4' }));
  await cluster.settle();
  assert.equal(cluster.nodeOf('p'), '');
  assert.equal(cluster.scheduler.cache.get('n0')?.podCount, 0);
  assert.deepEqual(cluster.failures[0], {
    pod: 'p',
    reason: 'SchedulerError',
    message: 'https://api: connect ECONNREFUSED',
    nominated: undefined,
  });
  cluster.clock.advance(1_000);
  await cluster.settle();
  assert.equal(cluster.nodeOf('p'), 'n0');
});

test("a binding whose answer is lost is found out: the pod is bound once, and its room is nobody else's", async (t) => {
  const cluster = setUp(t, 1);
  cluster.bindingFaults.push('lost');
  cluster.create(makePod('p', { cpu: '4' }), makePod('greedy', { cpu: '1' }));
  await cluster.settle();
  cluster.clock.advance(1_000);
  await cluster.settle();
  cluster.clock.advance(10_000);
  await cluster.settle();
  assert.deepEqual(cluster.bindings, ['p']);
  assert.deepEqual(
    cluster.failures.map(({ pod }) => pod),
    ['greedy'],
  );
  const node = cluster.nodeOf('p');
  assert.equal(cluster.scheduler.cache.get(node)?.podCount, 1);
  assert.equal(
    cluster.scheduler.cache.nodes.reduce((sum, { podCount }) => sum + podCount, 0),
    1,
  );
  assert.deepEqual(cluster.scheduler.queue.sizes, { active: 0, backoff: 0, unschedulable: 1, gated: 0 });
});

test('a pod deleted while its binding is under way leaves its room to others', async (t) => {
  const cluster = setUp(t, 1);
  let open = () => {};
  cluster.bindingGate = new Promise((resolve) => {
    open = resolve;
  });
  cluster.create(makePod('p', { cpu: '4' }), makePod('next', { cpu: '4' }));
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(cluster.scheduler.cache.assumedCount, 1);
  cluster.delete('p');
  open();
  cluster.clock.advance(1_000);
  await cluster.settle();
  assert.equal(cluster.nodeOf('next'), 'n0', 'its room is free at once');
  assert.deepEqual(cluster.scheduler.queue.sizes, { active: 0, backoff: 0, unschedulable: 0, gated: 0 });
});

test('a more important pod takes the place of the least important one, and nobody slips in between', async (t) => {
  const cluster = setUp(t, 2);
  const running = (name: string, nodeName: string, priority: number) =>
    makePod(name, { cpu: '4', spec: { nodeName, priority }, status: { startTime: '2026-01-01T00:00:00Z' } });
  cluster.create(running('low', 'n0', 10), running('high', 'n1', 500));
  cluster.create(makePod('urgent', { cpu: '3', spec: { priority: 1_000 } }));
  await cluster.settle();
  assert.deepEqual(cluster.evicted, ['low']);
  assert.equal(cluster.failures[0]?.nominated, 'n0');
  cluster.delete('low');
  cluster.create(makePod('opportunist', { cpu: '3', spec: { priority: 5 } }));
  await cluster.settle();
  assert.equal(cluster.nodeOf('opportunist'), '');
  cluster.clock.advance(1_000);
  await cluster.settle();
  assert.equal(cluster.nodeOf('urgent'), 'n0');
  assert.deepEqual(cluster.evicted, ['low']);
});

test('preemption spares whom it can, and those of equal priority', async (t) => {
  const cluster = setUp(t, 1);
  const running = (name: string, cpu: string, priority: number) => makePod(name, { cpu, spec: { nodeName: 'n0', priority } });
  cluster.create(running('big', '2', 1), running('small', '1', 1), running('equal', '1', 100));
  cluster.create(makePod('p', { cpu: '1', spec: { priority: 100 } }));
  await cluster.settle();
  assert.equal(cluster.evicted.length, 1);
  assert.notEqual(cluster.evicted[0], 'equal');
  cluster.create(makePod('polite', { cpu: '4', spec: { priority: 200, preemptionPolicy: 'Never' } }));
  await cluster.settle();
  assert.equal(cluster.evicted.length, 1);
  assert.match(cluster.failures.at(-1)!.message, /preemption: not eligible due to preemptionPolicy=Never\.$/);
});

test('large clusters are sampled', () => {
  const sizes = [3, 99, 100, 200, 1_000, 5_000, 10_000];
  assert.deepEqual(sizes.map(nodesToFind), [3, 99, 100, 100, 420, 500, 500]);
});
