import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Definition } from '../../definition.js';
import type { KubernetesObject } from '../../objects.js';
import { complaint, created, updated } from '../../testing/refusal.js';
import { kinds } from '../kinds.js';

const template = { metadata: { labels: { app: 'a' } }, spec: { containers: [{ name: 'c', image: 'i' }] } };
const selector = { matchLabels: { app: 'a' } };
const workload = (members: object = {}) => ({ spec: { selector, template, ...members } });
const specOf = (object: KubernetesObject) => Reflect.get(object, 'spec');
const statusOf = (object: KubernetesObject) => Reflect.get(object, 'status');

test('annotations of a deployment count as a generation, those of a replica set do not', () => {
  const generation = (definition: Definition, ...changes: readonly object[]) => {
    let object = created(definition, workload());
    for (const change of changes) object = updated(definition, object, change);
    return object.metadata.generation;
  };
  const annotated = { metadata: { annotations: { a: 'b' } } };
  assert.equal(generation(kinds.deployments, annotated), 2);
  assert.equal(generation(kinds.deployments, annotated, annotated, workload({ replicas: 2 })), 3);
  assert.equal(generation(kinds.deployments, { metadata: { labels: { a: 'b' } } }), 1);
  assert.equal(generation(kinds.replicaSets, annotated), 1);
});

test('a list of nothing is no change', () => {
  const empty = { ...template, spec: { ...template.spec, volumes: [] } };
  const change = workload({ template: empty, selector: { ...selector, matchExpressions: [] } });
  for (const definition of [kinds.deployments, kinds.statefulSets] as readonly unknown[] as readonly Definition[]) {
    const old = created(definition, workload());
    assert.equal(updated(definition, old, change).metadata.generation, 1);
  }
  const claims = { ...workload(), spec: { ...workload().spec, volumeClaimTemplates: [] } };
  assert.equal(complaint(kinds.statefulSets, workload(), claims), '');
});

test('a daemon set tells how often its template has changed', () => {
  const annotation = 'deprecated.daemonset.template.generation';
  const told = (object: KubernetesObject) => object.metadata.annotations?.[annotation];
  const daemons: Definition = kinds.daemonSets as unknown as Definition; // declared with its own object type
  const old = created(daemons, workload());
  assert.equal(told(old), '1');
  assert.deepEqual(statusOf(old), {
    currentNumberScheduled: 0,
    numberMisscheduled: 0,
    desiredNumberScheduled: 0,
    numberReady: 0,
  });
  const other = { ...template, spec: { ...template.spec, hostNetwork: true } };
  const changed = updated(daemons, old, { ...workload({ template: other }), metadata: { annotations: {} } });
  assert.equal(told(changed), '2');
  assert.equal(told(updated(daemons, changed, { metadata: { annotations: { [annotation]: '9' } } })), '2');
  assert.equal(told(created(daemons, { ...workload(), metadata: { annotations: { [annotation]: '9' } } })), '9');
});

test('a strategy of a stateful set is described by default only where it is not named either', () => {
  const strategy = (given: object) => specOf(created(kinds.statefulSets, workload({ updateStrategy: given }))).updateStrategy;
  assert.deepEqual(strategy({}), { type: 'RollingUpdate', rollingUpdate: { partition: 0 } });
  assert.deepEqual(strategy({ type: 'RollingUpdate' }), { type: 'RollingUpdate' });
  assert.deepEqual(strategy({ type: 'RollingUpdate', rollingUpdate: {} }), {
    type: 'RollingUpdate',
    rollingUpdate: { partition: 0 },
  });
});

test('what the gates of Kubernetes 1.34 keep out is dropped', () => {
  const rollingUpdate = { maxUnavailable: 2 };
  const set = created(kinds.statefulSets, workload({ updateStrategy: { rollingUpdate } }));
  assert.deepEqual(specOf(set).updateStrategy.rollingUpdate, { partition: 0 });
  const change = workload({ updateStrategy: { type: 'RollingUpdate', rollingUpdate } });
  assert.deepEqual(specOf(updated(kinds.statefulSets, set, change)).updateStrategy.rollingUpdate, { partition: 0 });
  for (const definition of [kinds.deployments, kinds.replicaSets] as readonly unknown[] as readonly Definition[]) {
    const status = { status: { replicas: 1, terminatingReplicas: 1 } };
    const written = updated(definition, created(definition, workload()), status, 'status');
    assert.deepEqual(statusOf(written), { replicas: 1 });
  }
});

const revisions: readonly [unknown, string][] = [
  [{ a: 1 }, ''],
  [undefined, 'data: Required value: data is mandatory'],
  [[], 'data: Required value: data must be a valid JSON object'],
];
for (const [data, wanted] of revisions) {
  test(`a revision whose data is ${JSON.stringify(data)}`, () =>
    assert.equal(complaint(kinds.controllerRevisions, { data, revision: 1 }), wanted));
}
