import assert from 'node:assert/strict';
import { test } from 'node:test';
import { podInfo } from '../cache/pod-info.js';
import type { ClusterEvent } from '../framework/cluster-event.js';
import type { Plugin } from '../framework/plugin.js';
import { makeNode, makePod } from '../testing/objects.js';
import { interPodAffinity } from './inter-pod-affinity/index.js';
import { nodeAffinity } from './node-affinity/index.js';
import { nodePorts } from './node-ports/index.js';
import { nodeResourcesFit } from './node-resources-fit/index.js';
import { nodeUnschedulable } from './node-unschedulable/index.js';
import { podTopologySpread } from './pod-topology-spread/index.js';
import { taintToleration } from './taint-toleration/index.js';

const small = makeNode('n', { status: { allocatable: { cpu: '1', pods: '10' } } });
const large = makeNode('n', { status: { allocatable: { cpu: '8', pods: '10' } } });
const labelled = makeNode('n', { labels: { disk: 'ssd' } });
const cordoned = makeNode('n', { spec: { unschedulable: true } });
const tainted = makeNode('n', { spec: { taints: [{ key: 'x', effect: 'NoSchedule' }] } });
const annotated = { ...small, metadata: { ...small.metadata, annotations: { seen: 'yes' } } };

const nodeAdded = (node = large): ClusterEvent => ({ type: 'nodeAdded', node });
const nodeUpdated = (before = small, after = large): ClusterEvent => ({ type: 'nodeUpdated', before, after });
const podDeleted = (pod = makePod('x')): ClusterEvent => ({ type: 'podDeleted', pod });
const podAdded = (pod = makePod('x')): ClusterEvent => ({ type: 'podAdded', pod });

const spread = podTopologySpread(() => undefined);
const affinity = interPodAffinity(() => ({}));
const near = { labelSelector: { matchLabels: { app: 'db' } }, topologyKey: 'zone' };
const db = (more = {}) => makePod('db', { labels: { app: 'db' }, ...more });
const big = makePod('big', { cpu: '4' });
const wantsSsd = makePod('p', { spec: { nodeSelector: { disk: 'ssd' } } });
const wantsDb = makePod('p', { spec: { affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [near] } } } });
const fearsDb = makePod('p', {
  spec: { affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [near] } } },
});
const port = (hostPort: number) =>
  makePod('p', { spec: { containers: [{ name: 'c', ports: [{ containerPort: 1, hostPort }] }] } });

const cases: readonly (readonly [string, Plugin, typeof big, ClusterEvent, boolean])[] = [
  ['a pod that ends frees resources', nodeResourcesFit, big, podDeleted(), true],
  ['a pod that comes does not', nodeResourcesFit, big, podAdded(), false],
  ['a large new node helps', nodeResourcesFit, big, nodeAdded(large), true],
  ['a small one does not', nodeResourcesFit, big, nodeAdded(small), false],
  ['a node that grows helps', nodeResourcesFit, big, nodeUpdated(small, large), true],
  ['one that stays as it was does not', nodeResourcesFit, big, nodeUpdated(large, { ...large }), false],
  ['a label that was missing', nodeAffinity, wantsSsd, nodeUpdated(small, labelled), true],
  ['another label', nodeAffinity, wantsSsd, nodeUpdated(small, large), false],
  ['uncordoned', nodeUnschedulable, big, nodeUpdated(cordoned, large), true],
  ['cordoned', nodeUnschedulable, big, nodeUpdated(large, cordoned), false],
  ['a taint removed', taintToleration, big, nodeUpdated(tainted, large), true],
  ['a taint added', taintToleration, big, nodeUpdated(large, tainted), false],
  ['the port is free again', nodePorts, port(80), podDeleted(port(80)), true],
  ['another port is', nodePorts, port(80), podDeleted(port(81)), false],
  ['the pod to be near to has come', affinity, wantsDb, podAdded(db()), true],
  ['somebody else has', affinity, wantsDb, podAdded(), false],
  ['the pod to keep away from has gone', affinity, fearsDb, podDeleted(db()), true],
  ['a pod that kept others away has gone', affinity, db(), podDeleted(fearsDb), true],
  ['a pod of no concern has gone', affinity, fearsDb, podDeleted(), false],
  ['a sibling may have come or gone', spread, db(), podDeleted(db()), true],
  ['a pod of another namespace counts for nothing', spread, db(), podDeleted(db({ namespace: 'other' })), false],
  ['a node of another zone', spread, db(), nodeUpdated(small, labelled), true],
  ['an annotation of a node', spread, db(), nodeUpdated(small, annotated), false],
];

for (const [title, plugin, pod, event, expected] of cases) {
  test(`${plugin.name}: ${title}`, () => assert.equal(plugin.wakes?.(event, podInfo(pod)), expected));
}
