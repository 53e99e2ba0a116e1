import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kinds } from '../kinds/kinds.js';
import { complaint, created } from '../testing/refusal.js';

const container = { name: 'c', image: 'i:1' };
const keys = { matchLabelKeys: ['hash', 'absent'], mismatchLabelKeys: ['tenant'] };
const term = { topologyKey: 'zone', labelSelector: { matchLabels: { app: 'a' } }, ...keys };
const labels = { app: 'a', hash: 'x', tenant: 't' };
const spread = { maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule', labelSelector: {} };

function specOf(members: object) {
  return Reflect.get(created(kinds.pods, { metadata: { labels }, spec: { containers: [container], ...members } }), 'spec');
}

test('the keys of labels that a pod goes by become requirements of its terms', () => {
  const merged = {
    matchLabels: { app: 'a' },
    matchExpressions: [
      { key: 'hash', operator: 'In', values: ['x'] },
      { key: 'tenant', operator: 'NotIn', values: ['t'] },
    ],
  };
  const affinity = {
    podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] },
    podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, podAffinityTerm: term }] },
  };
  const { podAffinity, podAntiAffinity } = specOf({ affinity }).affinity;
  assert.deepEqual(podAffinity.requiredDuringSchedulingIgnoredDuringExecution, [{ ...term, labelSelector: merged }]);
  assert.deepEqual(podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution, [
    { weight: 1, podAffinityTerm: { ...term, labelSelector: merged } },
  ]);
});

test('and of its spread constraints', () => {
  const [constraint] = specOf({ topologySpreadConstraints: [{ ...spread, matchLabelKeys: ['hash'] }] }).topologySpreadConstraints;
  assert.deepEqual(constraint.labelSelector, { matchExpressions: [{ key: 'hash', operator: 'In', values: ['x'] }] });
});

test('templates keep the keys as they are', () => {
  const spec = { containers: [container], topologySpreadConstraints: [{ ...spread, matchLabelKeys: ['hash'] }] };
  const { template } = created(kinds.podTemplates, { template: { metadata: { labels }, spec } }) as never as {
    template: { spec: typeof spec };
  };
  assert.deepEqual(template.spec.topologySpreadConstraints, spec.topologySpreadConstraints);
});

test('a key cannot be both selected by and taken from the pod', () => {
  const constraint = { ...spread, labelSelector: { matchLabels: { hash: 'y' } }, matchLabelKeys: ['hash'] };
  assert.equal(
    complaint(kinds.pods, { metadata: { labels }, spec: { containers: [container], topologySpreadConstraints: [constraint] } }),
    'spec.topologySpreadConstraints[0][0]: Invalid value: "hash": exists in both matchLabelKeys and labelSelector',
  );
});

test('keys without a selector', () => {
  const { labelSelector: _, ...constraint } = { ...spread, matchLabelKeys: ['hash'] };
  assert.equal(
    complaint(kinds.pods, { metadata: { labels }, spec: { containers: [container], topologySpreadConstraints: [constraint] } }),
    'spec.topologySpreadConstraints[0].matchLabelKeys: Forbidden: must not be specified when labelSelector is not set',
  );
});
