import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeNode, makePod, placed } from '../testing/objects.js';
import { Cache } from './cache.js';
import { podInfo } from './pod-info.js';

const cpu = (cache: Cache, node: string) => cache.get(node)?.requested.get('cpu') ?? 0;

test('an assumed pod counts until it is forgotten, and a confirmed one is not forgotten', () => {
  const cache = new Cache();
  cache.setNode(makeNode('n1'));
  const [lost, kept] = [makePod('lost', { cpu: '1' }), makePod('kept', { cpu: '2' })];
  cache.assume(podInfo(lost), 'n1');
  cache.assume(podInfo(kept), 'n1');
  assert.equal(cpu(cache, 'n1'), 3_000);
  cache.setPod(placed(kept, 'n1'));
  cache.forget(lost.metadata.uid);
  cache.forget(kept.metadata.uid);
  assert.equal(cpu(cache, 'n1'), 2_000);
  assert.equal(cache.assumedCount, 0);
  assert.throws(() => cache.assume(podInfo(kept), 'n1'), /on a node already/);
});

test('what the API server says outranks what was assumed', () => {
  const cache = new Cache();
  for (const name of ['n1', 'n2']) cache.setNode(makeNode(name));
  const pod = makePod('p', { cpu: '1' });
  cache.assume(podInfo(pod), 'n1');
  cache.setPod(placed(pod, 'n2'));
  assert.deepEqual([cpu(cache, 'n1'), cpu(cache, 'n2')], [0, 1_000]);
  cache.removePod(pod.metadata.uid);
  assert.equal(cpu(cache, 'n2'), 0);
});

test('pods may be seen before their node and stay counted while it is away', () => {
  const cache = new Cache();
  const pod = makePod('p', { cpu: '1' });
  cache.setPod(placed(pod, 'n1'));
  assert.equal(cache.get('n1'), undefined);
  assert.equal(cache.nodes.length, 0);
  cache.setNode(makeNode('n1'));
  assert.equal(cpu(cache, 'n1'), 1_000);
  cache.removeNode('n1');
  assert.equal(cache.nodes.length, 0);
  cache.setNode(makeNode('n1'));
  assert.equal(cpu(cache, 'n1'), 1_000);
});

test('zones take turns, and an update keeps the order', () => {
  const cache = new Cache();
  for (const name of ['a1', 'a2', 'a3', 'b1', 'c1', 'c2']) {
    cache.setNode(makeNode(name, { labels: { 'topology.kubernetes.io/zone': name.charAt(0) } }));
  }
  const order = () => cache.nodes.map(({ name }) => name);
  assert.deepEqual(order(), ['a1', 'b1', 'c1', 'a2', 'c2', 'a3']);
  const before = cache.nodes;
  cache.setNode(makeNode('a2', { labels: { 'topology.kubernetes.io/zone': 'a' }, spec: { unschedulable: true } }));
  assert.equal(cache.nodes, before);
  assert.equal(cache.get('a2')?.node?.spec?.unschedulable, true);
});

test('images are counted by node', () => {
  const cache = new Cache();
  const status = { images: [{ names: ['example/app:1'], sizeBytes: 1 }] };
  cache.setNode(makeNode('n1', { status }));
  cache.setNode(makeNode('n2', { status }));
  assert.equal(cache.imageNodes('example/app:1'), 2);
  cache.setNode(makeNode('n1'));
  cache.removeNode('n2');
  assert.equal(cache.imageNodes('example/app:1'), 0);
});
