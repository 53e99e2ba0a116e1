import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Definition } from '../../definition.js';
import { complaint, created, updated } from '../../testing/refusal.js';
import { row } from '../../testing/row.js';
import { kinds } from '../kinds.js';

const autoscalers = kinds.horizontalPodAutoscalers;
const spec = { maxReplicas: 5, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd' } };
const body = (members: object = {}) => ({ spec: { ...spec, ...members } });
const metric = (members: object) => body({ metrics: [members] });
const cpu = (target: object) => metric({ type: 'Resource', resource: { name: 'cpu', target } });
const down = (rules: object) => body({ behavior: { scaleDown: rules } });
const pods = { type: 'Pods', pods: { metric: { name: 'm' }, target: { type: 'AverageValue', averageValue: '1' } } };
const object = (apiVersion: string) => {
  const describedObject = { apiVersion, kind: 'K', name: 'n' };
  return { type: 'Object', object: { describedObject, metric: { name: 'm' }, target: { type: 'Value', value: '1' } } };
};

const table: readonly [string, object, string][] = [
  ['its defaults', body(), ''],
  [
    'a target that is no name',
    body({ scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'a/b' } }),
    'spec.scaleTargetRef.name: Invalid value: "a/b": may not contain \'/\'',
  ],
  [
    'a target of no group',
    body({ scaleTargetRef: { apiVersion: 'v1', kind: 'Deployment', name: 'd' } }),
    'spec.scaleTargetRef.apiVersion: Invalid value: "v1": apiVersion must specify API group',
  ],
  ['a target of the core group', body({ scaleTargetRef: { kind: 'ReplicationController', name: 'd' } }), ''],
  [
    'a target of too many groups',
    body({ scaleTargetRef: { apiVersion: 'a/b/c', kind: 'Deployment', name: 'd' } }),
    'spec.scaleTargetRef.apiVersion: Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c',
  ],
  ['an object of no group', metric(object('v1')), ''],
  [
    'an object of too many groups',
    metric(object('a/b/c')),
    'spec.metrics[0].object.describedObject.apiVersion: Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c',
  ],
  [
    'no pods at all',
    body({ minReplicas: 0 }),
    '[spec.minReplicas: Invalid value: 0: must be greater than or equal to 1, spec.metrics: Forbidden: must specify at least one Object or External metric to support scaling to zero replicas]',
  ],
  [
    'a metric of no type',
    metric({ type: 'X' }),
    'spec.metrics[0].type: Unsupported value: "X": supported values: "ContainerResource", "External", "Object", "Pods", "Resource"',
  ],
  [
    'a metric without more',
    metric({ type: 'Pods' }),
    'spec.metrics[0].pods: Required value: must populate information for the given metric source',
  ],
  [
    'two sources',
    metric({ ...pods, resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 1 } } }),
    'spec.metrics[0].resource: Forbidden: must populate the given metric source only',
  ],
  [
    'a target of nothing',
    cpu({ type: 'Utilization' }),
    'spec.metrics[0].resource.target.averageUtilization: Required value: must set either a target raw value or a target utilization',
  ],
  [
    'two targets',
    cpu({ type: 'Utilization', averageUtilization: 1, averageValue: '1' }),
    'spec.metrics[0].resource.target.averageValue: Forbidden: may not set both a target raw value and a target utilization',
  ],
  [
    'a target of none',
    cpu({ type: 'Value', averageValue: '0' }),
    'spec.metrics[0].resource.target.averageValue: Invalid value: "0": must be positive',
  ],
  [
    'a metric outside of no name',
    metric({ type: 'External', external: { metric: {}, target: { type: 'Value', value: '1' } } }),
    'spec.metrics[0].external.metric.name: Required value: must specify a metric name',
  ],
  [
    'a container of no name',
    metric({ type: 'ContainerResource', containerResource: { name: 'cpu', target: { type: 'Value', averageValue: '1' } } }),
    'spec.metrics[0].containerResource.container: Required value: must specify a container',
  ],
  ['a behavior', down({ policies: [{ type: 'Pods', value: 1, periodSeconds: 1800 }] }), ''],
  ['no policies', down({ policies: [] }), 'spec.behavior.scaleDown.policies: Required value: must specify at least one Policy'],
  [
    'a long window',
    down({ stabilizationWindowSeconds: 3601 }),
    'spec.behavior.scaleDown.stabilizationWindowSeconds: Invalid value: 3601: must be less than or equal to 3600',
  ],
  [
    'a policy of nothing',
    down({ policies: [{ type: 'X', value: 0, periodSeconds: 1801 }] }),
    '[spec.behavior.scaleDown.policies[0].type: Unsupported value: "X": supported values: "Percent", "Pods", spec.behavior.scaleDown.policies[0].value: Invalid value: 0: must be greater than zero, spec.behavior.scaleDown.policies[0].periodSeconds: Invalid value: 1801: must be less than or equal to 1800]',
  ],
];
for (const [name, object, wanted] of table) {
  test(`an autoscaler with ${name}`, () => assert.equal(complaint(autoscalers, object), wanted));
}

test('an autoscaler whose target has no group may go on so, in either version', () => {
  for (const definition of [autoscalers, kinds.horizontalPodAutoscalersV1] as readonly unknown[] as readonly Definition[]) {
    const old = created(definition, body());
    const targetOf = (kind: string) => body({ scaleTargetRef: { kind, name: 'd' } });
    Object.assign(Reflect.get(old, 'spec').scaleTargetRef, { apiVersion: '' });
    assert.doesNotThrow(() => updated(definition, old, targetOf('Deployment')));
    assert.throws(() => updated(definition, old, targetOf('ReplicaSet')), /apiVersion must specify API group/);
  }
});

test('a tolerance is dropped, as long as none is there', () => {
  const wanted = { scaleUp: { tolerance: '100m' } };
  const old = created(autoscalers, body({ behavior: wanted }));
  assert.equal(Reflect.get(old, 'spec').behavior.scaleUp.tolerance, undefined);
  assert.equal(Reflect.get(updated(autoscalers, old, body({ behavior: wanted })), 'spec').behavior.scaleUp.tolerance, undefined);
});

test('a behavior is completed in both directions', () => {
  const all = { type: 'Percent', value: 100, periodSeconds: 15 };
  assert.deepEqual(Reflect.get(created(autoscalers, down({ selectPolicy: 'Min' })), 'spec').behavior, {
    scaleUp: {
      selectPolicy: 'Max',
      stabilizationWindowSeconds: 0,
      policies: [{ type: 'Pods', value: 4, periodSeconds: 15 }, all],
    },
    scaleDown: { selectPolicy: 'Min', policies: [all] },
  });
});

test('a status counts', () => {
  const status = { status: { currentReplicas: -1, desiredReplicas: 1 } };
  const wanted = 'status.currentReplicas: Invalid value: -1: must be greater than or equal to 0';
  assert.equal(complaint(autoscalers, body(), status, 'status'), wanted);
});

const targets: readonly [string, object, object, string][] = [
  ['pods', pods, { pods: { current: { averageValue: '500m' } } }, '500m/1'],
  [
    'a value outside',
    { type: 'External', external: { target: { value: '9' } } },
    { external: { current: { value: '3' } } },
    '3/9',
  ],
  ['a share outside', { type: 'External', external: { target: { averageValue: '9' } } }, {}, '<unknown>/9 (avg)'],
  [
    'an object',
    { type: 'Object', object: { target: { averageValue: '9' } } },
    { object: { current: { averageValue: '3' } } },
    '3/9 (avg)',
  ],
  [
    'a container',
    { type: 'ContainerResource', containerResource: { name: 'cpu', target: { averageUtilization: 5 } } },
    {},
    'cpu: <unknown>/5%',
  ],
];
for (const [name, source, current, wanted] of targets) {
  test(`the target of ${name}`, () => {
    const object = {
      spec: { ...spec, minReplicas: 1, metrics: [source] },
      status: { currentReplicas: 1, currentMetrics: [current] },
    };
    assert.equal(row(autoscalers, object), `x Deployment/d ${wanted} 1 5 1 60m | `);
  });
}

test('a new autoscaler wants no pods yet, whatever its client says', () => {
  assert.deepEqual(Reflect.get(created(autoscalers, { ...body(), status: { desiredReplicas: 5 } }), 'status'), {
    desiredReplicas: 0,
  });
});
