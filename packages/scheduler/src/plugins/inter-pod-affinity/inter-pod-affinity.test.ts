import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PodAffinityTerm } from '@flotilla/api';
import { makeNode, makePod, type PodShape } from '../../testing/objects.js';
import { type Placement, runFilter, runScore } from '../../testing/run-plugin.js';
import { interPodAffinity } from './index.js';

const plugin = interPodAffinity((name) => (name === 'other' ? { team: 'blue' } : {}));
const zone = 'zone';
const host = 'kubernetes.io/hostname';

const term = (app: string, topologyKey: string, more: Partial<PodAffinityTerm> = {}): PodAffinityTerm => ({
  labelSelector: { matchLabels: { app } },
  topologyKey,
  ...more,
});
const near = (...terms: PodAffinityTerm[]): PodShape => ({
  spec: { affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms } } },
});
const far = (...terms: PodAffinityTerm[]): PodShape => ({
  spec: { affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms } } },
});
const app = (name: string, shape: PodShape = {}) => makePod(name, { labels: { app: name }, ...shape });

const nodes = {
  a1: makeNode('a1', { labels: { zone: 'a' } }),
  a2: makeNode('a2', { labels: { zone: 'a' } }),
  b1: makeNode('b1', { labels: { zone: 'b' } }),
  none: makeNode('none'),
};
const affinityReason = "!node(s) didn't match pod affinity rules";
const antiReason = "node(s) didn't match pod anti-affinity rules";
const existingReason = "node(s) didn't satisfy existing pods anti-affinity rules";

const filters: Record<string, { pod: PodShape; on: Placement; expected: Record<string, string> }> = {
  'affinity wants a pod in the same domain': {
    pod: near(term('db', zone)),
    on: [[nodes.a1, [app('db')]], [nodes.a2], [nodes.b1], [nodes.none]],
    expected: { a1: 'ok', a2: 'ok', b1: affinityReason, none: affinityReason },
  },
  'all terms must hold, by pods that match all of them': {
    pod: near(term('db', zone), { labelSelector: { matchLabels: { tier: 'hot' } }, topologyKey: host }),
    on: [
      [nodes.a1, [app('db')]],
      [nodes.b1, [app('db', { labels: { app: 'db', tier: 'hot' } })]],
    ],
    expected: { a1: affinityReason, b1: 'ok' },
  },
  'the first of a group may start anywhere that has the label': {
    pod: { labels: { app: 'web' }, ...near(term('web', zone)) },
    on: [[nodes.a1], [nodes.none]],
    expected: { a1: 'ok', none: affinityReason },
  },
  'but not when it is not one of the group': { pod: near(term('web', zone)), on: [[nodes.a1]], expected: { a1: affinityReason } },
  'anti-affinity keeps away': {
    pod: far(term('db', zone)),
    on: [[nodes.a1, [app('db')]], [nodes.a2], [nodes.b1], [nodes.none]],
    expected: { a1: antiReason, a2: antiReason, b1: 'ok', none: 'ok' },
  },
  'existing pods keep others away': {
    pod: { labels: { app: 'db' } },
    on: [[nodes.a1, [app('lonely', far(term('db', host)))]], [nodes.a2]],
    expected: { a1: existingReason, a2: 'ok' },
  },
  'pods of other namespaces do not count': {
    pod: far(term('db', zone)),
    on: [[nodes.a1, [app('db', { namespace: 'other' })]]],
    expected: { a1: 'ok' },
  },
  'unless a namespace selector means them': {
    pod: far(term('db', zone, { namespaceSelector: { matchLabels: { team: 'blue' } } })),
    on: [
      [nodes.a1, [app('db', { namespace: 'other' })]],
      [nodes.b1, [app('db')]],
    ],
    expected: { a1: antiReason, b1: 'ok' },
  },
};

for (const [title, { pod, on, expected }] of Object.entries(filters)) {
  test(title, () => assert.deepEqual(runFilter(plugin, makePod('p', pod), on), expected));
}

test('preferences add up, for and against, of both sides', () => {
  const pod = makePod('p', {
    labels: { app: 'web' },
    spec: {
      affinity: {
        podAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 10, podAffinityTerm: term('cache', host) }] },
        podAntiAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 10, podAffinityTerm: term('noisy', host) }],
        },
      },
    },
  });
  const friendly = app('fan', {
    spec: {
      affinity: {
        podAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 5, podAffinityTerm: term('web', host) }] },
      },
    },
  });
  const on: Placement = [[nodes.a1, [app('cache')]], [nodes.a2, [app('noisy')]], [nodes.b1, [friendly]], [nodes.none]];
  assert.deepEqual(runScore(plugin, pod, on), { a1: 100, a2: 0, b1: 75, none: 50 });
  assert.equal(runScore(plugin, makePod('indifferent'), [[nodes.a1], [nodes.b1]]), undefined);
});
