import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Node, Persisted, Pod } from '@flotilla/api';
import { defined } from '@flotilla/base';
import type { InformerHandler } from '@flotilla/client';
import { feed, type Inputs } from './informers.js';
import { makeNode, makePod, placed } from './testing/objects.js';

function setUp() {
  const told: string[] = [];
  const tell = (what: string) => () => void told.push(what);
  let podHandler: InformerHandler<Pod> | undefined;
  let nodeHandler: InformerHandler<Node> | undefined;
  const inputs: Inputs = {
    podAppeared: tell('podAppeared'),
    podChanged: tell('podChanged'),
    podVanished: tell('podVanished'),
    podPlaced: tell('podPlaced'),
    placedPodChanged: tell('placedPodChanged'),
    placedPodVanished: tell('placedPodVanished'),
    nodeAppeared: tell('nodeAppeared'),
    nodeChanged: tell('nodeChanged'),
    nodeVanished: tell('nodeVanished'),
  };
  feed(
    {
      pods: {
        addHandler(handler) {
          podHandler = handler;
          return () => {};
        },
      },
      nodes: {
        addHandler(handler) {
          nodeHandler = handler;
          return () => {};
        },
      },
    },
    inputs,
    'default-scheduler',
  );
  return { told, pods: defined(podHandler, 'set by feed'), nodes: defined(nodeHandler, 'set by feed') };
}

const pending = makePod('p');
const running = placed(pending, 'n1');
const ended: Persisted<Pod> = { ...running, status: { phase: 'Succeeded' } };
const foreign = makePod('f', { spec: { schedulerName: 'other' } });

for (const [title, act, expected] of [
  ['a new pod is queued', (h) => h.added?.(pending), ['podAppeared']],
  ['a pod that has a node counts there', (h) => h.added?.(running), ['podPlaced']],
  ['an ended pod counts nowhere', (h) => h.added?.(ended), []],
  [
    "another scheduler's pod is not ours, until it has a node",
    (h) => [h.added?.(foreign), h.updated?.(foreign, placed(foreign, 'n1'))],
    ['podPlaced'],
  ],
  ['binding moves a pod from queue to cache', (h) => h.updated?.(pending, running), ['podPlaced']],
  ['a pending pod may change', (h) => h.updated?.(pending, { ...pending }), ['podChanged']],
  ['a placed pod may change', (h) => h.updated?.(running, { ...running }), ['placedPodChanged']],
  ['a pod that ends frees its room', (h) => h.updated?.(running, ended), ['placedPodVanished']],
  ['so does one that is deleted', (h) => h.deleted?.(running), ['placedPodVanished']],
  ['a deleted pending pod leaves the queue', (h) => h.deleted?.(pending), ['podVanished']],
] as readonly (readonly [string, (handler: InformerHandler<Pod>) => unknown, readonly string[]])[]) {
  test(title, () => {
    const { told, pods } = setUp();
    act(pods);
    assert.deepEqual(told, expected);
  });
}

test('a node heartbeat is no news, a taint is', () => {
  const { told, nodes } = setUp();
  const beat = (time: string) =>
    makeNode('n1', {
      status: { conditions: [{ type: 'Ready', status: 'True', lastHeartbeatTime: time, lastTransitionTime: '' }] },
    });
  nodes.added?.(beat('1'));
  nodes.updated?.(beat('1'), beat('2'));
  nodes.updated?.(beat('2'), makeNode('n1', { spec: { taints: [{ key: 'x', effect: 'NoSchedule' }] } }));
  nodes.deleted?.(beat('3'));
  assert.deepEqual(told, ['nodeAppeared', 'nodeChanged', 'nodeVanished']);
});
