import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Node, Persisted, Pod } from '@flotilla/api';
import { pick, type Random, randomInt, seededRandom } from '@flotilla/base';
import { makeNode, makePod, type PodShape } from './testing/objects.js';
import { SimulatedCluster } from './testing/simulated-cluster.js';

const hostTerm = (app: string) => ({ labelSelector: { matchLabels: { app } }, topologyKey: 'kubernetes.io/hostname' });

function randomPod(random: Random, name: string) {
  const app = pick(random, ['a', 'b', 'c']);
  const shapes: readonly PodShape[] = [
    { cpu: pick(random, ['100m', '500m', '2']) },
    { cpu: '250m', spec: { affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [hostTerm(app)] } } } },
    { spec: { nodeSelector: { disk: 'ssd' } } },
    { spec: { containers: [{ name: 'c', ports: [{ containerPort: 80, hostPort: randomInt(random, 8_000, 8_003) }] }] } },
    { cpu: '1', spec: { priority: randomInt(random, 0, 3) * 100 } },
  ];
  return makePod(name, { labels: { app }, ...pick(random, shapes) });
}

const randomNode = (random: Random, name: string) => makeNode(name, { labels: random.next() < 0.3 ? { disk: 'ssd' } : {} });

/** One seed is one history of pods, nodes and failing bindings that come and go while the scheduler works. */
async function churn(seed: number) {
  const random = seededRandom(seed);
  const cluster = new SimulatedCluster(seed);
  const nodes = new Map(['n0', 'n1', 'n2', 'n3'].map((name) => [name, randomNode(random, name)]));
  for (const node of nodes.values()) cluster.scheduler.nodeAppeared(node);
  for (let step = 0; step < 300; step++) {
    const roll = random.next();
    const names = [...cluster.pods.keys()];
    if (roll < 0.5) cluster.create(randomPod(random, `p${step}`));
    else if (roll < 0.75 && names.length > 0) cluster.delete(pick(random, names));
    else if (roll < 0.8) cluster.bindingFaults.push(pick(random, ['refused', 'lost']));
    else if (roll < 0.85) {
      const before = pick(random, [...nodes.values()]);
      const after = { ...before, spec: { unschedulable: random.next() < 0.5 } };
      nodes.set(before.metadata.name, after);
      cluster.scheduler.nodeChanged(before, after);
    } else if (roll < 0.95) cluster.clock.advance(randomInt(random, 1, 3_000));
    else await new Promise((resolve) => setImmediate(resolve));
    for (const victim of cluster.evicted.splice(0)) cluster.delete(victim);
  }
  cluster.bindingFaults.length = 0;
  for (const [name, before] of nodes) {
    const after = { ...before, spec: {} };
    nodes.set(name, after);
    cluster.scheduler.nodeChanged(before, after);
  }
  // Less than the five minutes after which every pod is tried anyway: a hint that is missing must show.
  for (let round = 0; round < 20; round++) {
    await cluster.settle();
    for (const victim of cluster.evicted.splice(0)) cluster.delete(victim);
    cluster.clock.advance(10_000);
  }
  await cluster.settle();
  return { cluster, nodes: [...nodes.values()] };
}

/** Whether a scheduler that knows nothing of the past would find a node for the pod. */
async function fitsNow(
  pod: Persisted<Pod>,
  bound: readonly Persisted<Pod>[],
  nodes: readonly Persisted<Node>[],
): Promise<boolean> {
  const fresh = new SimulatedCluster();
  for (const node of nodes) fresh.scheduler.nodeAppeared(node);
  fresh.create(...bound, pod);
  await fresh.settle();
  await fresh.stop();
  return fresh.nodeOf(pod.metadata.name) !== '';
}

// 14, 70 and 71 found room that was freed without waking anybody: by a withdrawn nomination, by a pod deleted while being bound.
const seeds = process.env['SEED'] === undefined ? [1, 2, 3, 4, 14, 70, 71] : [Number(process.env['SEED'])];
for (const seed of seeds) {
  test(`whatever happens, the cache tells the truth and no rule is broken, seed ${seed}`, async (t) => {
    const { cluster, nodes } = await churn(seed);
    t.after(() => cluster.stop());
    const { cache, queue } = cluster.scheduler;
    const bound = [...cluster.pods.values()].filter(({ spec }) => (spec.nodeName ?? '') !== '');
    assert.equal(cache.assumedCount, 0);
    assert.equal(new Set(cluster.bindings).size, cluster.bindings.length, 'no pod was bound twice');
    for (const node of cache.nodes) {
      const here = bound.filter(({ spec }) => spec.nodeName === node.name);
      assert.deepEqual(
        [...node.pods()].map(({ key }) => key).sort(),
        here.map(({ metadata }) => `default/${metadata.name}`).sort(),
      );
      assert.ok((node.requested.get('cpu') ?? 0) <= 4_000, `${node.name} is overcommitted`);
      const ports = [...node.pods()].flatMap(({ hostPorts }) => hostPorts.map(({ port }) => port));
      assert.equal(new Set(ports).size, ports.length, `${node.name} gave a port twice`);
      for (const pod of node.pods()) {
        if (pod.requiredAntiAffinity.length === 0) continue;
        const alike = [...node.pods()].filter((other) => other.pod.metadata.labels?.['app'] === pod.pod.metadata.labels?.['app']);
        assert.equal(alike.length, 1, `${pod.key} is not alone on ${node.name}`);
      }
    }
    const { active, backoff, unschedulable } = queue.sizes;
    assert.equal(active + backoff + unschedulable, cluster.pods.size - bound.length, 'every pod is bound or queued');
    for (const pod of cluster.pods.values()) {
      if (bound.includes(pod)) continue;
      assert.equal(await fitsNow(pod, bound, nodes), false, `${pod.metadata.name} was forgotten`);
    }
  });
}
