import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tableOf } from '../../columns/table.js';
import { pods } from './pod.js';

const nowMs = Date.parse('2024-01-01T01:00:00Z');
const metadata = { name: 'x', namespace: 'default', creationTimestamp: '2024-01-01T00:00:00Z' };

/** The cells of one row; wide ones after a bar. */
function row(members: object): string {
  const object = { apiVersion: 'v1', kind: 'Pod', metadata, ...members };
  const cells = tableOf(pods, [object], nowMs).rows[0]?.cells ?? [];
  const part = (priority: number) => cells.filter((_, index) => pods.columns[index]?.priority === priority).join(' ');
  return `${part(0)} | ${part(1)}`;
}

const containers = [{ name: 'a' }, { name: 'b' }];
const running = (name: string, more: object = {}) => ({ name, ready: true, restartCount: 0, state: { running: {} }, ...more });
const podOf = (status: object, spec: object = {}, meta: object = {}) => ({
  metadata: { ...metadata, ...meta },
  spec: { containers, ...spec },
  status,
});

const rows: readonly [string, object, string][] = [
  ['a pending pod', podOf({ phase: 'Pending' }), 'x 0/2 Pending 0 60m | <none> <none> <none> <none>'],
  [
    'a running pod',
    podOf(
      { phase: 'Running', podIPs: [{ ip: '10.0.0.1' }], containerStatuses: [running('a'), running('b', { ready: false })] },
      { nodeName: 'n' },
    ),
    'x 1/2 Running 0 60m | 10.0.0.1 n <none> <none>',
  ],
  ['a pod with an empty reason', podOf({ phase: 'Pending', reason: '' }), 'x 0/2 Pending 0 60m | <none> <none> <none> <none>'],
  [
    'a restarting pod',
    podOf({
      phase: 'Running',
      containerStatuses: [
        {
          name: 'a',
          ready: false,
          restartCount: 3,
          state: { waiting: { reason: 'CrashLoopBackOff' } },
          lastState: { terminated: { exitCode: 1, finishedAt: '2024-01-01T00:55:00Z' } },
        },
        running('b'),
      ],
    }),
    'x 1/2 CrashLoopBackOff 3 (5m ago) 60m | <none> <none> <none> <none>',
  ],
  [
    'a completed pod',
    podOf({
      phase: 'Succeeded',
      containerStatuses: [
        { name: 'a', ready: false, restartCount: 0, state: { terminated: { exitCode: 0, reason: 'Completed' } } },
      ],
    }),
    'x 0/2 Completed 0 60m | <none> <none> <none> <none>',
  ],
  [
    'a failed pod',
    podOf({
      phase: 'Failed',
      containerStatuses: [{ name: 'a', ready: false, restartCount: 0, state: { terminated: { exitCode: 3 } } }],
    }),
    'x 0/2 ExitCode:3 0 60m | <none> <none> <none> <none>',
  ],
  ['an evicted pod', podOf({ phase: 'Failed', reason: 'Evicted' }), 'x 0/2 Evicted 0 60m | <none> <none> <none> <none>'],
  [
    'a pod that ends',
    podOf(
      { phase: 'Running', containerStatuses: [running('a'), running('b')] },
      {},
      { deletionTimestamp: '2024-01-01T00:59:00Z' },
    ),
    'x 2/2 Terminating 0 60m | <none> <none> <none> <none>',
  ],
  [
    'a pod that initialises',
    podOf(
      { phase: 'Pending', initContainerStatuses: [{ name: 'i', ready: false, restartCount: 0, state: { running: {} } }] },
      { initContainers: [{ name: 'i' }] },
    ),
    'x 0/2 Init:0/1 0 60m | <none> <none> <none> <none>',
  ],
  [
    'a pod whose second init container has not had its turn',
    podOf(
      {
        phase: 'Pending',
        initContainerStatuses: [
          { name: 'i', ready: false, restartCount: 2, state: { waiting: { reason: 'PodInitializing' } } },
          { name: 'j', ready: false, restartCount: 5, state: { waiting: { reason: 'PodInitializing' } } },
        ],
      },
      { initContainers: [{ name: 'i' }, { name: 'j' }] },
    ),
    'x 0/2 Init:0/2 2 60m | <none> <none> <none> <none>',
  ],
  [
    'a pod that was initialised before its init container was forgotten',
    podOf(
      {
        phase: 'Running',
        conditions: [{ type: 'Initialized', status: 'True' }],
        initContainerStatuses: [{ name: 'i', ready: false, restartCount: 4, state: { waiting: {} } }],
        containerStatuses: [running('a', { restartCount: 1 }), running('b')],
      },
      { initContainers: [{ name: 'i' }] },
    ),
    'x 2/2 Init:0/1 1 60m | <none> <none> <none> <none>',
  ],
  [
    'a pod with a sidecar',
    podOf(
      {
        phase: 'Running',
        initContainerStatuses: [running('s', { started: true })],
        containerStatuses: [running('a'), running('b')],
      },
      { initContainers: [{ name: 's', restartPolicy: 'Always' }] },
    ),
    'x 3/3 Running 0 60m | <none> <none> <none> <none>',
  ],
];

const ends: readonly [string, string[]][] = [
  ['Succeeded', ['Completed True Succeeded: The pod has completed successfully.']],
  ['Failed', ['Completed True Failed: The pod failed.']],
  ['Running', []],
];

for (const [phase, wanted] of ends) {
  test(`the row's conditions of a pod that is ${phase}`, () => {
    const object = { apiVersion: 'v1', kind: 'Pod', ...podOf({ phase }) };
    const conditions = tableOf(pods, [object], nowMs).rows[0]?.conditions ?? [];
    const text = conditions.map(({ type, status, reason, message }) => `${type} ${status} ${reason}: ${message}`);
    assert.deepEqual(text, wanted);
  });
}

for (const [name, members, wanted] of rows) test(`the row of ${name}`, () => assert.equal(row(members), wanted));

test("a pod's node can be selected by its old name", () => {
  const read = (field: string) => pods.selectableFields[field]?.(podOf({}, { nodeName: 'n' }) as never);
  assert.deepEqual([read('spec.nodeName'), read('spec.host')], ['n', 'n']);
});
