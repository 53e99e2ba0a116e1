import assert from 'node:assert/strict';
import { test } from 'node:test';
import { localConversion } from '../../local-conversion.js';
import { complaint, created } from '../../testing/refusal.js';
import { row, rowMetadata } from '../../testing/row.js';
import { kinds } from '../kinds.js';

const prefix = 'autoscaling.alpha.kubernetes.io';
const scaleTargetRef = { kind: 'Deployment', name: 'd', apiVersion: 'apps/v1' };
const conversion = localConversion(kinds.horizontalPodAutoscalersV1);
assert.ok(conversion);

/** One of everything that version 2 can say. */
const autoscaler = {
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name: 'x', annotations: { mine: '1' } },
  spec: {
    scaleTargetRef,
    minReplicas: 2,
    maxReplicas: 5,
    metrics: [
      { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 60 } } },
      { type: 'Resource', resource: { name: 'memory', target: { type: 'AverageValue', averageValue: '1Gi' } } },
      { type: 'Pods', pods: { metric: { name: 'p' }, target: { type: 'AverageValue', averageValue: '10' } } },
      {
        type: 'Object',
        object: { describedObject: { kind: 'Service', name: 's' }, metric: { name: 'o' }, target: { type: 'Value', value: '7' } },
      },
      {
        type: 'ContainerResource',
        containerResource: { name: 'cpu', container: 'c', target: { type: 'Utilization', averageUtilization: 50 } },
      },
      {
        type: 'External',
        external: {
          metric: { name: 'e', selector: { matchLabels: { a: 'b' } } },
          target: { type: 'AverageValue', averageValue: '3' },
        },
      },
    ],
    behavior: { scaleDown: { policies: [{ type: 'Pods', value: 1, periodSeconds: 15 }], selectPolicy: 'Max' } },
  },
  status: {
    currentReplicas: 2,
    desiredReplicas: 3,
    currentMetrics: [{ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 55, averageValue: '110m' } } }],
    conditions: [{ type: 'AbleToScale', status: 'True' }],
  },
};

test('version 1 tells the use of CPU in members, and everything else in annotations', () => {
  const { metadata, ...view } = conversion.fromStorage(autoscaler);
  assert.deepEqual(view, {
    apiVersion: 'autoscaling/v1',
    kind: 'HorizontalPodAutoscaler',
    spec: { scaleTargetRef, minReplicas: 2, maxReplicas: 5, targetCPUUtilizationPercentage: 60 },
    status: { currentReplicas: 2, desiredReplicas: 3, currentCPUUtilizationPercentage: 55 },
  });
  assert.deepEqual(metadata.annotations, {
    mine: '1',
    [`${prefix}/metrics`]:
      '[{"type":"Resource","resource":{"name":"memory","targetAverageValue":"1Gi"}},{"type":"Pods","pods":{"metricName":"p","targetAverageValue":"10"}},{"type":"Object","object":{"target":{"kind":"Service","name":"s"},"metricName":"o","targetValue":"7"}},{"type":"ContainerResource","containerResource":{"name":"cpu","targetAverageUtilization":50,"container":"c"}},{"type":"External","external":{"metricName":"e","metricSelector":{"matchLabels":{"a":"b"}},"targetAverageValue":"3"}}]',
    [`${prefix}/current-metrics`]:
      '[{"type":"Resource","resource":{"name":"cpu","currentAverageUtilization":55,"currentAverageValue":"110m"}}]',
    [`${prefix}/conditions`]: '[{"type":"AbleToScale","status":"True"}]',
    [`${prefix}/behavior`]:
      '{"ScaleUp":null,"ScaleDown":{"StabilizationWindowSeconds":null,"SelectPolicy":"Max","Policies":[{"Type":"Pods","Value":1,"PeriodSeconds":15}],"Tolerance":null}}',
  });
});

test('what version 1 has read can be written back without loss', () => {
  assert.deepEqual(conversion.toStorage(conversion.fromStorage(autoscaler)), autoscaler);
});

test('version 1 has the defaults of Kubernetes: one pod, four fifths of the CPU', () => {
  const object = created(kinds.horizontalPodAutoscalersV1, { spec: { scaleTargetRef, maxReplicas: 3 } });
  assert.deepEqual(Reflect.get(object, 'spec'), { scaleTargetRef, minReplicas: 1, maxReplicas: 3 });
  const stored = conversion.toStorage(object);
  assert.equal(stored.apiVersion, 'autoscaling/v2');
  assert.deepEqual(Reflect.get(stored, 'spec').metrics, [
    { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } },
  ]);
});

test('version 1 is held to the rules of version 2, and its annotations to their form', () => {
  const said = (spec: object, annotations = {}) =>
    complaint(kinds.horizontalPodAutoscalersV1, { metadata: { annotations }, spec: { scaleTargetRef, maxReplicas: 3, ...spec } });
  assert.equal(said({}), '');
  assert.equal(said({ maxReplicas: 0 }).split(', ')[0], '[spec.maxReplicas: Invalid value: 0: must be greater than 0');
  assert.match(said({}, { [`${prefix}/metrics`]: '[' }), /^annotation autoscaling\.alpha\.kubernetes\.io\/metrics: /);
  assert.match(
    said({}, { [`${prefix}/metrics`]: '[{"type":"Pods","pods":{"metricName":5}}]' }),
    /cannot be converted from version "v1": json: cannot unmarshal number into Go struct field/,
  );
});

test('its row is that of version 2', () => {
  const object = { ...autoscaler, metadata: { ...autoscaler.metadata, ...rowMetadata } };
  assert.equal(
    row(kinds.horizontalPodAutoscalersV1, conversion.fromStorage(object)),
    row(kinds.horizontalPodAutoscalers, object),
  );
});
