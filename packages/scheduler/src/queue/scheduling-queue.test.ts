import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '@flotilla/base';
import { makeNode, makePod } from '../testing/objects.js';
import { Heap } from './heap.js';
import { backoffAfter, type QueuedPod } from './queued-pod.js';
import { SchedulingQueue } from './scheduling-queue.js';

function setUp() {
  const clock = new ManualClock();
  const queue = new SchedulingQueue({
    clock,
    gate: (pod) => (pod.metadata.labels?.['gated'] === undefined ? undefined : 'gated'),
    wakes: (rejectedBy, event) => rejectedBy.has('Fit') && event.type === 'nodeAdded',
  });
  /** The name of the next pod that can be taken now. */
  const take = async (): Promise<QueuedPod | undefined> => (queue.sizes.active === 0 ? undefined : queue.take());
  const name = (item: QueuedPod | undefined) => item?.info.pod.metadata.name;
  return { clock, queue, take, name };
}
const nodeAdded = { type: 'nodeAdded', node: makeNode('n') } as const;
const podDeleted = { type: 'podDeleted', pod: makePod('x') } as const;
const fit = new Set(['Fit']);

test('a heap yields in order, whatever is pushed, replaced and removed', () => {
  const heap = new Heap<{ key: string; rank: number }>(
    ({ key }) => key,
    (a, b) => a.rank < b.rank,
  );
  for (let i = 0; i < 200; i++) heap.push({ key: `k${i}`, rank: (i * 7919) % 211 });
  for (let i = 0; i < 200; i += 3) heap.push({ key: `k${i}`, rank: (i * 104_729) % 197 });
  for (let i = 1; i < 200; i += 5) heap.remove(`k${i}`);
  const ranks: number[] = [];
  for (let item = heap.pop(); item !== undefined; item = heap.pop()) ranks.push(item.rank);
  assert.equal(ranks.length, 160);
  assert.deepEqual(
    ranks,
    [...ranks].sort((a, b) => a - b),
  );
});

test('backoff doubles from one second to ten', () => {
  assert.deepEqual([1, 2, 3, 4, 5, 50].map(backoffAfter), [1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
});

test('priority first, then whoever waits longer', async () => {
  const { clock, queue, take, name } = setUp();
  queue.add(makePod('first'));
  clock.advance(10);
  queue.add(makePod('second'));
  queue.add(makePod('urgent', { spec: { priority: 1_000 } }));
  assert.deepEqual([name(await take()), name(await take()), name(await take())], ['urgent', 'first', 'second']);
});

test('a waiting taker gets a pod the moment it arrives', async () => {
  const { queue, name } = setUp();
  const waiting = queue.take();
  queue.add(makePod('now'));
  assert.equal(name(await waiting), 'now');
});

test('an unschedulable pod waits for an event that helps, and for its backoff', async () => {
  const { clock, queue, take, name } = setUp();
  queue.add(makePod('p'));
  queue.requeueUnschedulable((await take())!, fit);
  queue.moved(podDeleted);
  clock.advance(5_000);
  assert.deepEqual(queue.sizes, { active: 0, backoff: 0, unschedulable: 1, gated: 0 });
  queue.moved(nodeAdded);
  const again = await take();
  assert.equal(name(again), 'p', 'the backoff of one second is long over');
  queue.requeueUnschedulable(again!, fit);
  queue.moved(nodeAdded);
  assert.deepEqual(queue.sizes, { active: 0, backoff: 1, unschedulable: 0, gated: 0 });
  clock.advance(1_999);
  assert.equal(queue.sizes.active, 0);
  clock.advance(1);
  assert.equal((await take())?.attempts, 3);
});

test('when no plugin is to blame, any event wakes', async () => {
  const { clock, queue, take } = setUp();
  queue.add(makePod('p'));
  queue.requeueUnschedulable((await take())!, new Set());
  clock.advance(1_000);
  queue.moved(podDeleted);
  assert.equal(queue.sizes.active, 1);
});

test('a forgotten pod is tried again after five minutes', async () => {
  const { clock, queue, take } = setUp();
  queue.add(makePod('p'));
  queue.requeueUnschedulable((await take())!, fit);
  clock.advance(4.5 * 60_000);
  assert.equal(queue.sizes.active, 0);
  clock.advance(60_000);
  assert.equal(queue.sizes.active, 1);
  await take();
  clock.advance(60_000);
  assert.equal(clock.pending, 0, 'an empty queue keeps no timer');
});

test('errors lead to backoff, not to waiting', async () => {
  const { clock, queue, take } = setUp();
  queue.add(makePod('p'));
  queue.requeueAfterError((await take())!);
  assert.equal(queue.sizes.backoff, 1);
  clock.advance(1_000);
  assert.equal(queue.sizes.active, 1);
});

test('a pod that changes may be schedulable; its status alone does not matter', async () => {
  const { clock, queue, take } = setUp();
  const pod = makePod('p');
  queue.add(pod);
  queue.requeueUnschedulable((await take())!, fit);
  clock.advance(1_000);
  queue.update({ ...pod, status: { phase: 'Pending', message: 'seen' } });
  assert.equal(queue.sizes.unschedulable, 1);
  queue.update({ ...pod, metadata: { ...pod.metadata, labels: { app: 'web' } } });
  assert.equal(queue.sizes.active, 1);
});

test('gates hold a pod back until they are gone', () => {
  const { queue } = setUp();
  const pod = makePod('p', { labels: { gated: '' } });
  queue.add(pod);
  queue.moved(nodeAdded);
  assert.deepEqual(queue.sizes, { active: 0, backoff: 0, unschedulable: 0, gated: 1 });
  queue.update({ ...pod, metadata: { ...pod.metadata, labels: {} } });
  assert.equal(queue.sizes.active, 1);
});

test('a deleted pod is gone from wherever it was, even while it was taken', async () => {
  const { queue, take } = setUp();
  const pod = makePod('p');
  queue.add(pod);
  const item = (await take())!;
  queue.delete(pod.metadata.uid);
  queue.requeueUnschedulable(item, fit);
  queue.requeueAfterError(item);
  assert.deepEqual(queue.sizes, { active: 0, backoff: 0, unschedulable: 0, gated: 0 });
});

test('closing wakes the taker', async () => {
  const { queue } = setUp();
  const waiting = queue.take();
  queue.close();
  assert.equal(await waiting, undefined);
  assert.equal(await queue.take(), undefined);
});
