import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { V2HorizontalPodAutoscaler } from '../../generated/types.js';
import { targetsText } from './targets-text.js';

const amount = (value: string) => ({ target: { value } });
const average = (averageValue: string) => ({ target: { averageValue } });
const external = (target: object) => ({ type: 'External', external: target });
const object = (target: object) => ({ type: 'Object', object: target });
const pods = { type: 'Pods', pods: average('4') };
const cpu = (target: object) => ({ type: 'Resource', resource: { name: 'cpu', target } });
const memory = (target: object) => ({ type: 'ContainerResource', containerResource: { name: 'memory', target } });

/** Each metric's spec and status, and what is shown of both. */
const texts: readonly (readonly [object, object | undefined, string])[] = [
  [external(amount('10')), undefined, '<unknown>/10'],
  [external(amount('10')), external({ current: { value: '3' } }), '3/10'],
  [external(amount('10')), external({ current: { averageValue: '3' } }), '<nil>/10'],
  [external(average('10')), external({ current: { averageValue: '3' } }), '3/10 (avg)'],
  [external(average('10')), external({ current: { value: '3' } }), '<unknown>/10 (avg)'],
  [object(amount('10')), object({}), '<nil>/10'],
  [object(amount('10')), external({ current: { value: '3' } }), '<unknown>/10'],
  [object(average('10')), object({ current: { averageValue: '3' } }), '3/10 (avg)'],
  [pods, undefined, '<unknown>/4'],
  [pods, { pods: { current: { averageValue: '2' } } }, '2/4'],
  [pods, { pods: { current: {} } }, '<nil>/4'],
  [cpu({ averageValue: '1' }), undefined, 'cpu: <unknown>/1'],
  [cpu({ averageValue: '1' }), { resource: { current: { averageValue: '500m' } } }, 'cpu: 500m/1'],
  [cpu({ averageValue: '1' }), { resource: { current: { averageUtilization: 5 } } }, 'cpu: <nil>/1'],
  [cpu({ averageUtilization: 80 }), { resource: { current: { averageValue: '1' } } }, 'cpu: <unknown>/80%'],
  [cpu({}), { resource: { current: { averageUtilization: 0 } } }, 'cpu: 0%/<auto>'],
  [memory({ averageUtilization: 80 }), { containerResource: { current: { averageUtilization: 40 } } }, 'memory: 40%/80%'],
  [memory({ averageValue: '1Gi' }), { containerResource: {} }, 'memory: <nil>/1Gi'],
  [{ type: 'New' }, undefined, '<unknown type>'],
];

const textOf = (metrics: readonly object[], currentMetrics: readonly (object | undefined)[]) =>
  targetsText({ spec: { metrics }, status: { currentMetrics } } as unknown as V2HorizontalPodAutoscaler); // nothing else is read

for (const [spec, status, wanted] of texts) {
  test(`${JSON.stringify(spec)} of which is known ${JSON.stringify(status)} is ${wanted}`, () =>
    assert.equal(textOf([spec], [status]), wanted));
}

test('two metrics are shown, and the others counted', () => {
  assert.equal(textOf([], []), '<none>');
  assert.equal(textOf([pods, pods], []), '<unknown>/4, <unknown>/4');
  assert.equal(textOf([pods, pods, pods, pods], []), '<unknown>/4, <unknown>/4 + 2 more...');
});
