import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Persisted, Pod } from '@flotilla/api';
import type { Plugin } from '../framework/plugin.js';
import { makeNode, makePod } from '../testing/objects.js';
import { type Placement, runFilter, runScore } from '../testing/run-plugin.js';
import { imageLocality } from './image-locality/index.js';
import { nodeAffinity } from './node-affinity/index.js';
import { nodeName } from './node-name/index.js';
import { nodePorts } from './node-ports/index.js';
import { nodeResourcesBalancedAllocation } from './node-resources-balanced-allocation/index.js';
import { nodeResourcesFit } from './node-resources-fit/index.js';
import { nodeUnschedulable } from './node-unschedulable/index.js';
import { schedulingGates } from './scheduling-gates/index.js';
import { taintToleration } from './taint-toleration/index.js';

interface Case {
  readonly plugin: Plugin;
  readonly pod: Persisted<Pod>;
  readonly on: Placement;
  readonly filter?: Record<string, string>;
  readonly score?: Record<string, number> | undefined;
}

const taint = (key: string, effect: string, value = '') => ({ key, effect, value });
const withPort = (hostPort: number, hostIP = '') =>
  makePod('p', { spec: { containers: [{ name: 'c', ports: [{ containerPort: 80, hostPort, hostIP, protocol: 'TCP' }] }] } });
const affinity = (expressions: object[], fields: object[] = []) =>
  makePod('p', {
    spec: {
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [{ matchExpressions: expressions as never, matchFields: fields as never }],
          },
        },
      },
    },
  });
const selectorReason = "!node(s) didn't match Pod's node affinity/selector";

const cases: Record<string, Case> = {
  'NodeName: the named node alone': {
    plugin: nodeName,
    pod: makePod('p', { spec: { nodeName: 'b' } }),
    on: [[makeNode('a')], [makeNode('b')]],
    filter: { a: "!node(s) didn't match the requested node name", b: 'ok' },
  },
  'NodeUnschedulable: cordoned nodes are out': {
    plugin: nodeUnschedulable,
    pod: makePod('p'),
    on: [[makeNode('a', { spec: { unschedulable: true } })], [makeNode('b')]],
    filter: { a: '!node(s) were unschedulable', b: 'ok' },
  },
  'NodeUnschedulable: unless tolerated': {
    plugin: nodeUnschedulable,
    pod: makePod('p', { spec: { tolerations: [{ key: 'node.kubernetes.io/unschedulable', operator: 'Exists' }] } }),
    on: [[makeNode('a', { spec: { unschedulable: true } })]],
    filter: { a: 'ok' },
  },
  'TaintToleration: hard effects reject': {
    plugin: taintToleration,
    pod: makePod('p', { spec: { tolerations: [{ key: 'gpu', operator: 'Equal', value: 'yes', effect: 'NoSchedule' }] } }),
    on: [
      [makeNode('tolerated', { spec: { taints: [taint('gpu', 'NoSchedule', 'yes')] } })],
      [makeNode('other-value', { spec: { taints: [taint('gpu', 'NoSchedule', 'no')] } })],
      [makeNode('other-effect', { spec: { taints: [taint('gpu', 'NoExecute', 'yes')] } })],
      [makeNode('soft', { spec: { taints: [taint('old', 'PreferNoSchedule')] } })],
    ],
    filter: {
      tolerated: 'ok',
      'other-value': '!node(s) had untolerated taint {gpu: no}',
      'other-effect': '!node(s) had untolerated taint {gpu: yes}',
      soft: 'ok',
    },
  },
  'TaintToleration: soft effects score': {
    plugin: taintToleration,
    pod: makePod('p'),
    on: [
      [makeNode('two', { spec: { taints: [taint('a', 'PreferNoSchedule'), taint('b', 'PreferNoSchedule')] } })],
      [makeNode('one', { spec: { taints: [taint('a', 'PreferNoSchedule')] } })],
      [makeNode('none')],
    ],
    score: { two: 0, one: 50, none: 100 },
  },
  'TaintToleration: a toleration of everything tolerates everything': {
    plugin: taintToleration,
    pod: makePod('p', { spec: { tolerations: [{ operator: 'Exists' }] } }),
    on: [[makeNode('a', { spec: { taints: [taint('x', 'NoExecute')] } })]],
    filter: { a: 'ok' },
  },
  'NodeAffinity: nodeSelector': {
    plugin: nodeAffinity,
    pod: makePod('p', { spec: { nodeSelector: { disk: 'ssd' } } }),
    on: [[makeNode('a', { labels: { disk: 'ssd' } })], [makeNode('b')]],
    filter: { a: 'ok', b: selectorReason },
  },
  'NodeAffinity: every operator': {
    plugin: nodeAffinity,
    pod: affinity([
      { key: 'zone', operator: 'In', values: ['a', 'b'] },
      { key: 'disk', operator: 'NotIn', values: ['hdd'] },
      { key: 'cores', operator: 'Gt', values: ['4'] },
      { key: 'cores', operator: 'Lt', values: ['64'] },
      { key: 'gpu', operator: 'Exists' },
      { key: 'old', operator: 'DoesNotExist' },
    ]),
    on: [
      [makeNode('fits', { labels: { zone: 'a', cores: '8', gpu: '' } })],
      [makeNode('small', { labels: { zone: 'a', cores: '4', gpu: '' } })],
      [makeNode('hdd', { labels: { zone: 'a', cores: '8', gpu: '', disk: 'hdd' } })],
      [makeNode('old', { labels: { zone: 'a', cores: '8', gpu: '', old: '' } })],
    ],
    filter: { fits: 'ok', small: selectorReason, hdd: selectorReason, old: selectorReason },
  },
  'NodeAffinity: nodes by name are not even tried on others': {
    plugin: nodeAffinity,
    pod: affinity([], [{ key: 'metadata.name', operator: 'In', values: ['b'] }]),
    on: [[makeNode('a')], [makeNode('b')]],
    filter: { a: 'left out', b: 'ok' },
  },
  'NodeAffinity: preferred terms add up': {
    plugin: nodeAffinity,
    pod: makePod('p', {
      spec: {
        affinity: {
          nodeAffinity: {
            preferredDuringSchedulingIgnoredDuringExecution: [
              { weight: 10, preference: { matchExpressions: [{ key: 'zone', operator: 'In', values: ['a'] }] } },
              { weight: 30, preference: { matchExpressions: [{ key: 'ssd', operator: 'Exists' }] } },
            ],
          },
        },
      },
    }),
    on: [
      [makeNode('both', { labels: { zone: 'a', ssd: '' } })],
      [makeNode('one', { labels: { zone: 'a' } })],
      [makeNode('none')],
    ],
    score: { both: 100, one: 25, none: 0 },
  },
  'NodeResourcesFit: what is left must be enough': {
    plugin: nodeResourcesFit,
    pod: makePod('p', { cpu: '2', memory: '1Gi' }),
    on: [
      [makeNode('empty')],
      [makeNode('busy'), [makePod('x', { cpu: '2500m' })]],
      [makeNode('small', { status: { allocatable: { cpu: '1', memory: '512Mi', pods: '10' } } })],
      [makeNode('full', { status: { allocatable: { cpu: '4', memory: '8Gi', pods: '1' } } }), [makePod('y')]],
    ],
    filter: { empty: 'ok', busy: 'Insufficient cpu', small: '!Insufficient cpu, Insufficient memory', full: 'Too many pods' },
  },
  'NodeResourcesFit: init containers need their room one after the other, sidecars all along': {
    plugin: nodeResourcesFit,
    pod: makePod('p', {
      cpu: '1',
      spec: {
        containers: [{ name: 'main', resources: { requests: { cpu: '1' } } }],
        initContainers: [
          { name: 'first', resources: { requests: { cpu: '3' } } },
          { name: 'sidecar', restartPolicy: 'Always', resources: { requests: { cpu: '500m' } } },
          { name: 'second', resources: { requests: { cpu: '3' } } },
        ],
        overhead: { cpu: '250m' },
      },
    }),
    on: [
      [makeNode('n3750', { status: { allocatable: { cpu: '3750m', pods: '1' } } })],
      [makeNode('n3749', { status: { allocatable: { cpu: '3749m', pods: '1' } } })],
    ],
    filter: { n3750: 'ok', n3749: '!Insufficient cpu' },
  },
  'NodeResourcesFit: the emptier node scores higher': {
    plugin: nodeResourcesFit,
    pod: makePod('p', { cpu: '1', memory: '2Gi' }),
    on: [[makeNode('empty')], [makeNode('half'), [makePod('x', { cpu: '2', memory: '4Gi' })]]],
    score: { empty: 75, half: 25 },
  },
  'NodeResourcesBalancedAllocation: CPU and memory should go together': {
    plugin: nodeResourcesBalancedAllocation,
    pod: makePod('p', { cpu: '1', memory: '2Gi' }),
    on: [[makeNode('even')], [makeNode('cpu-heavy'), [makePod('x', { cpu: '3' })]]],
    score: { even: 100, 'cpu-heavy': 62 },
  },
  'NodeResourcesBalancedAllocation: a pod that asks for nothing is indifferent': {
    plugin: nodeResourcesBalancedAllocation,
    pod: makePod('p'),
    on: [[makeNode('a')]],
    score: undefined,
  },
  'NodePorts: a host port is given once': {
    plugin: nodePorts,
    pod: withPort(8080),
    on: [
      [makeNode('free'), [withPort(8081)]],
      [makeNode('taken'), [withPort(8080, '10.0.0.1')]],
    ],
    filter: { free: 'ok', taken: "node(s) didn't have free ports for the requested pod ports" },
  },
  'NodePorts: on different addresses it may be given twice': {
    plugin: nodePorts,
    pod: withPort(8080, '10.0.0.2'),
    on: [[makeNode('a'), [withPort(8080, '10.0.0.1')]]],
    filter: { a: 'ok' },
  },
  'ImageLocality: a large image that is there already': {
    plugin: imageLocality,
    pod: makePod('p', { spec: { containers: [{ name: 'c', image: 'example/big' }] } }),
    on: [
      [makeNode('has', { status: { images: [{ names: ['example/big:latest'], sizeBytes: 2_000 * 1024 * 1024 }] } })],
      [makeNode('has-not')],
    ],
    score: { has: 100, 'has-not': 0 },
  },
};

for (const [title, { plugin, pod, on, ...expected }] of Object.entries(cases)) {
  test(title, () => {
    if ('filter' in expected) assert.deepEqual(runFilter(plugin, pod, on), expected.filter);
    if ('score' in expected) assert.deepEqual(runScore(plugin, pod, on), expected.score);
  });
}

test('SchedulingGates: a gated pod is not queued', () => {
  assert.equal(schedulingGates.preEnqueue?.(makePod('p')), undefined);
  const gated = makePod('p', { spec: { schedulingGates: [{ name: 'example.com/quota' }] } });
  assert.equal(schedulingGates.preEnqueue?.(gated), 'waiting for scheduling gates: [example.com/quota]');
});
