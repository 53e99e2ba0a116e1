import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { type KubernetesObject, kinds, type OwnerReference, type PodDisruptionBudget } from '@flotilla/api';
import type { ApiClient } from '@flotilla/client';
import { eventually, type FakeCluster } from '@flotilla/client/testing';
import { type RunningControllers, startControllers } from '../../testing/running-controllers.js';
import { disruptionController } from './index.js';

const namespace = 'default';
const labels = { app: 'web' };

describe('disruption budgets, on one API server', () => {
  let cluster: FakeCluster;
  let client: ApiClient;
  let running: RunningControllers;

  beforeEach(async () => {
    running = await startControllers([disruptionController]);
    ({ cluster, client } = running);
  });
  afterEach(() => running.stop());

  const budgets = () => client.resource(kinds.podDisruptionBudgets);
  const budget = (spec: PodDisruptionBudget['spec']) =>
    budgets().create({
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: 'b', namespace },
      spec: { selector: { matchLabels: labels }, ...spec },
    });
  const status = async () => (await budgets().get('b', { namespace })).status;
  const allowed = async () => (await status())?.disruptionsAllowed ?? 0;
  const pod = async (name: string, owner?: OwnerReference) => {
    const metadata = { name, namespace, labels, ...(owner !== undefined && { ownerReferences: [owner] }) };
    await client.resource(kinds.pods).create({
      ...{ apiVersion: 'v1', kind: 'Pod', metadata },
      spec: { containers: [{ name: 'c', image: 'i' }] },
    });
    const ready = { status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] } };
    await client.resource(kinds.pods).patchStatus(name, ready, { namespace, type: 'merge' });
  };
  const owner = (apiVersion: string, { kind, metadata }: KubernetesObject): OwnerReference => ({
    ...{ apiVersion, kind, name: metadata.name ?? '', uid: metadata.uid ?? '', controller: true },
  });
  const template = { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'i' }] } };
  const scaled = { selector: { matchLabels: labels }, template };

  test('pods come, go, and are disrupted', async () => {
    await budget({ minAvailable: 1 });
    await pod('a');
    await pod('b');
    await eventually('one may go', async () => (await allowed()) === 1);
    assert.deepEqual((await status())?.expectedPods, 2);
    await client.resource(kinds.pods).delete('a', { namespace });
    await eventually('none may go', async () => (await allowed()) === 0);
    assert.equal((await status())?.conditions?.[0]?.reason, 'InsufficientPods');
    await pod('c');
    await eventually('one may go again', async () => (await allowed()) === 1);
    const spent = { disruptionsAllowed: 0, disruptedPods: { c: new Date().toISOString().replace(/\.\d+/, '') } };
    await budgets().patchStatus('b', { status: spent }, { namespace, type: 'merge' });
    await client.resource(kinds.pods).delete('c', { namespace });
    await eventually('forgotten', async () => (await status())?.disruptedPods === undefined);
    assert.deepEqual([await allowed(), (await status())?.currentHealthy], [0, 1]);
  });

  test('a Deployment counts once, however many ReplicaSets it has', async () => {
    const deployment = await client.resource(kinds.deployments).create({
      ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'd', namespace } },
      spec: { replicas: 4, ...scaled },
    });
    for (const name of ['old', 'new']) {
      const replicaSet = await client.resource(kinds.replicaSets).create({
        ...{ apiVersion: 'apps/v1', kind: 'ReplicaSet' },
        metadata: { name, namespace, ownerReferences: [owner('apps/v1', deployment)] },
        spec: { replicas: 2, ...scaled },
      });
      for (const n of [1, 2]) await pod(`${name}-${n}`, owner('apps/v1', replicaSet));
    }
    await budget({ maxUnavailable: '25%' });
    await eventually('one of four', async () => (await allowed()) === 1);
    assert.deepEqual([(await status())?.expectedPods, (await status())?.desiredHealthy], [4, 3]);
  });

  test('a StatefulSet, a ReplicationController, and whatever else has a scale', async () => {
    const sets = client.resource(kinds.statefulSets);
    const set = await sets.create({
      ...{ apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: 's', namespace } },
      spec: { replicas: 2, serviceName: 's', ...scaled },
    });
    const controller = await client.resource(kinds.replicationControllers).create({
      ...{ apiVersion: 'v1', kind: 'ReplicationController', metadata: { name: 'r', namespace } },
      spec: { replicas: 3, selector: labels, template },
    });
    await pod('s-0', owner('apps/v1', set));
    await pod('r-0', owner('v1', controller));
    await budget({ minAvailable: '10%' });
    await eventually('five are expected', async () => (await status())?.expectedPods === 5);
    const job = { kind: 'Job', metadata: { name: 'j', uid: 'j' } } as KubernetesObject;
    cluster.fault = (line) => (line.includes('/jobs/j/scale') ? { code: 404, reason: 'NotFound' } : undefined);
    await pod('j-0', owner('batch/v1', job));
    await eventually(
      'nobody knows how many jobs there are',
      async () => (await status())?.conditions?.[0]?.reason === 'SyncFailed',
    );
    assert.equal((await status())?.conditions?.[0]?.message, 'batch/v1, Resource=jobs does not implement the scale subresource');
    assert.equal(await allowed(), 0);
  });

  test('pods that nobody manages are told of', async () => {
    await budget({ maxUnavailable: 1 });
    await pod('alone');
    const told = async () => (await client.resource(kinds.events).list({ namespace })).items.map(({ reason }) => reason);
    await eventually('told', async () => (await told()).includes('UnmanagedPods') && (await told()).includes('NoPods'));
    assert.equal(await allowed(), 0);
  });
});
