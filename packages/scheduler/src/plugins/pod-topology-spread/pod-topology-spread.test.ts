import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TopologySpreadConstraint } from '@flotilla/api';
import { makeNode, makePod } from '../../testing/objects.js';
import { type Placement, runFilter, runScore } from '../../testing/run-plugin.js';
import { podTopologySpread } from './index.js';

const plugin = podTopologySpread(() => undefined);
const web = (meta = {}) => makePod('web', { labels: { app: 'web' }, meta });
const node = (name: string, zone?: string) => makeNode(name, { labels: zone === undefined ? {} : { zone } });
const many = (count: number) => Array.from({ length: count }, () => web());

const spread = (more: Partial<TopologySpreadConstraint> = {}, spec = {}) =>
  makePod('p', {
    labels: { app: 'web' },
    spec: {
      topologySpreadConstraints: [
        {
          maxSkew: 1,
          topologyKey: 'zone',
          whenUnsatisfiable: 'DoNotSchedule',
          labelSelector: { matchLabels: { app: 'web' } },
          ...more,
        },
      ],
      ...spec,
    },
  });
const reason = "node(s) didn't match pod topology spread constraints";

const filters: Record<string, { pod: ReturnType<typeof spread>; on: Placement; expected: Record<string, string> }> = {
  'the fullest domain is closed until the others have caught up': {
    pod: spread(),
    on: [[node('a1', 'a'), many(2)], [node('a2', 'a')], [node('b1', 'b'), many(1)], [node('c1', 'c'), many(2)]],
    expected: { a1: reason, a2: reason, b1: 'ok', c1: reason },
  },
  'a node without the label is no domain': {
    pod: spread(),
    on: [[node('a1', 'a')], [node('none')]],
    expected: { a1: 'ok', none: `!${reason} (missing required label)` },
  },
  'a larger skew leaves room': {
    pod: spread({ maxSkew: 3 }),
    on: [[node('a1', 'a'), many(2)], [node('b1', 'b')]],
    expected: { a1: 'ok', b1: 'ok' },
  },
  'a pod that the selector does not mean adds nothing': {
    pod: spread({ labelSelector: { matchLabels: { app: 'other' } } }),
    on: [[node('a1', 'a'), many(5)], [node('b1', 'b')]],
    expected: { a1: 'ok', b1: 'ok' },
  },
  'with too few domains the minimum is 0': {
    pod: spread({ minDomains: 3 }),
    on: [
      [node('a1', 'a'), many(1)],
      [node('b1', 'b'), many(1)],
    ],
    expected: { a1: reason, b1: reason },
  },
  'nodes that the pod cannot use are no domains': {
    pod: spread({}, { nodeSelector: { zone: 'a' } }),
    on: [[node('a1', 'a'), many(5)], [node('b1', 'b')]],
    expected: { a1: 'ok', b1: 'ok' },
  },
  'unless the constraint says to ignore that': {
    pod: spread({ nodeAffinityPolicy: 'Ignore' }, { nodeSelector: { zone: 'a' } }),
    on: [[node('a1', 'a'), many(5)], [node('b1', 'b')]],
    expected: { a1: reason, b1: 'ok' },
  },
  'pods on their way out do not count': {
    pod: spread(),
    on: [
      [node('a1', 'a'), [web({ deletionTimestamp: '2026-01-01T00:00:00Z' }), web()]],
      [node('b1', 'b'), many(1)],
    ],
    expected: { a1: 'ok', b1: 'ok' },
  },
};

for (const [title, { pod, on, expected }] of Object.entries(filters)) {
  test(title, () => assert.deepEqual(runFilter(plugin, pod, on), expected));
}

test('ScheduleAnyway prefers the emptier domain', () => {
  const pod = spread({ whenUnsatisfiable: 'ScheduleAnyway' });
  const on: Placement = [[node('a1', 'a'), many(3)], [node('b1', 'b'), many(1)], [node('c1', 'c')], [node('none')]];
  const scores = runScore(plugin, pod, on)!;
  assert.ok(scores['c1']! > scores['b1']! && scores['b1']! > scores['a1']!, JSON.stringify(scores));
  assert.equal(scores['c1'], 100);
  assert.equal(scores['none'], 0);
});

test('pods with siblings and no constraints are spread over hosts by default', () => {
  const defaults = podTopologySpread(() => [{ key: 'app', operator: '=', values: ['web'] }]);
  const on: Placement = [[node('n1'), many(2)], [node('n2'), many(1)], [node('n3')]];
  const scores = runScore(defaults, web(), on)!;
  assert.ok(scores['n3']! > scores['n2']! && scores['n2']! > scores['n1']!, JSON.stringify(scores));
  assert.equal(runScore(plugin, web(), on), undefined);
});
