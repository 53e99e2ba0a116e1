import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { UserInfo } from '../auth/user-info.js';
import { parseRequestInfo } from '../http/request-info.js';
import { inPrecedence, schemaMatches } from './classify.js';
import { allocateSeats, seatBounds } from './concurrency.js';
import { defaultFlowSchemas } from './ensure-flow-config.js';
import { QueueSet } from './queue-set.js';
import { dealHand } from './shuffle-shard.js';

const user = (username: string, ...groups: readonly string[]): UserInfo => ({
  username,
  uid: '',
  groups: [...groups, 'system:authenticated'],
  extra: {},
});
const account = (name: string, namespace = 'kube-system') =>
  user(`system:serviceaccount:${namespace}:${name}`, 'system:serviceaccounts');
const leases = '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/x';

/** Which of the schemas that every cluster has a request goes to. */
const classifyTable: readonly (readonly [UserInfo, string, string, string])[] = [
  [user('root', 'system:masters'), 'GET', '/api/v1/pods', 'exempt'],
  [user('a'), 'GET', '/healthz', 'probes'],
  [user('a'), 'GET', '/healthz/etcd', 'global-default'],
  [user('system:kube-scheduler'), 'PUT', leases, 'system-leader-election'],
  [user('system:kube-scheduler'), 'GET', '/api/v1/pods', 'kube-scheduler'],
  [account('x'), 'GET', leases, 'system-leader-election'],
  [account('x'), 'GET', '/api/v1/namespaces/kube-system/configmaps/y', 'kube-system-service-accounts'],
  [
    account('endpointslice-controller'),
    'PUT',
    '/apis/discovery.k8s.io/v1/namespaces/a/endpointslices/b',
    'kube-system-service-accounts',
  ],
  [account('x'), 'GET', '/api/v1/namespaces/a/pods', 'kube-system-service-accounts'],
  [account('x', 'other'), 'GET', '/api/v1/namespaces/a/pods', 'service-accounts'],
  [user('system:node:n', 'system:nodes'), 'PUT', '/api/v1/nodes/n/status', 'system-node-high'],
  [user('system:node:n', 'system:nodes'), 'GET', '/api/v1/namespaces/a/pods/b', 'system-nodes'],
  [user('system:kube-controller-manager'), 'GET', '/api/v1/nodes', 'kube-controller-manager'],
  [user('a'), 'GET', '/api/v1/namespaces/a/pods', 'global-default'],
  [{ ...user('x'), groups: [] }, 'GET', '/api', 'none'],
];
for (const [who, method, path, expected] of classifyTable) {
  test(`${who.username} ${method} ${path} is of ${expected}`, () => {
    const info = parseRequestInfo(method, path, new URLSearchParams());
    const found = inPrecedence(defaultFlowSchemas).find((schema) => schemaMatches(schema, who, info));
    assert.equal(found?.metadata.name ?? 'none', expected);
  });
}

test('a flow has the same hand every time, and hardly ever that of another', () => {
  const hands = new Set<string>();
  for (let flow = 0; flow < 1_000; flow++) {
    const hand = dealHand(`flow-${flow}`, 64, 6);
    assert.deepEqual(dealHand(`flow-${flow}`, 64, 6), hand);
    assert.equal(new Set(hand).size, 6);
    assert.ok(hand.every((card) => card >= 0 && card < 64));
    hands.add([...hand].sort().join());
  }
  assert.ok(hands.size > 995);
  assert.deepEqual([...dealHand('x', 3, 3)].sort(), [0, 1, 2]);
});

test('queues take turns by seats and time, not by numbers', () => {
  const queues = new QueueSet({ queues: 2, handSize: 1, queueLengthLimit: 100 });
  const turns: string[] = [];
  const waiter = (name: string, seats: number) => ({ seats, dispatch: () => turns.push(name) });
  for (let i = 0; i < 30; i++) queues.enqueue(0, waiter('wide', 3));
  for (let i = 0; i < 30; i++) queues.enqueue(1, waiter('narrow', 1));
  for (let i = 0; i < 20; i++) {
    const next = queues.dequeue(3);
    assert.ok(next !== undefined);
    next.waiter.dispatch();
    queues.finished(next.queue, next.waiter.seats, 10);
  }
  const wide = turns.filter((name) => name === 'wide').length;
  assert.ok(wide >= 4 && wide <= 6, `a quarter of the turns for three times the seats: ${turns.join(' ')}`);
  assert.equal(queues.dequeue(0), undefined);
});

test('a queue that was idle does not save up turns', () => {
  const queues = new QueueSet({ queues: 2, handSize: 1, queueLengthLimit: 1_000 });
  const waiter = { seats: 1, dispatch() {} };
  const run = () => {
    const next = queues.dequeue(1);
    if (next !== undefined) queues.finished(next.queue, 1, 10);
    return next?.queue;
  };
  for (let i = 0; i < 500; i++) queues.enqueue(0, waiter);
  for (let i = 0; i < 200; i++) run();
  for (let i = 0; i < 200; i++) queues.enqueue(1, waiter);
  const turns = Array.from({ length: 100 }, run).filter((queue) => queue === 1).length;
  assert.ok(turns >= 48 && turns <= 52, `${turns} of 100`);
});

test('a full queue takes no more, and one that gives up makes room', () => {
  const queues = new QueueSet({ queues: 1, handSize: 1, queueLengthLimit: 1 });
  const waiter = { seats: 2, dispatch() {} };
  assert.equal(queues.enqueue(0, waiter), true);
  assert.equal(queues.enqueue(0, waiter), false);
  queues.remove(0, waiter);
  assert.deepEqual([queues.waiting, queues.waitingSeats], [0, 0]);
  assert.equal(queues.enqueue(0, waiter), true);
});

test('nominal seats are parts of all; lending and borrowing are parts of those', () => {
  const shares = (nominalConcurrencyShares: number, lendablePercent: number, borrowingLimitPercent?: number) => ({
    ...{ nominalConcurrencyShares, lendablePercent },
    borrowingLimitPercent,
  });
  assert.deepEqual(seatBounds(600, [shares(30, 33), shares(20, 50, 100), shares(0, 0)]), [
    { nominal: 360, min: 241, max: 600 },
    { nominal: 240, min: 120, max: 480 },
    { nominal: 0, min: 0, max: 600 },
  ]);
});

const level = (min: number, max: number, demand: number) => ({ nominal: max, min, max, demand });
const allocateTable: readonly (readonly [string, ReturnType<typeof level>[], readonly number[]])[] = [
  ['who needs more borrows from who needs less', [level(10, 100, 90), level(10, 100, 10)], [90, 10]],
  ['what is scarce is shared by need', [level(0, 100, 300), level(0, 100, 100)], [75, 25]],
  ['nobody falls below what it keeps', [level(0, 100, 1_000), level(40, 100, 0)], [60, 40]],
  ['nobody gets more than it may borrow', [level(0, 30, 1_000), level(0, 100, 10)], [30, 70]],
];
for (const [what, levels, expected] of allocateTable) {
  test(`seats: ${what}`, () => assert.deepEqual(allocateSeats(100, levels), expected));
}
