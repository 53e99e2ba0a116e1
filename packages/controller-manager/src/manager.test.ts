import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { type Deployment, kinds, type Node, type Pod, type Service } from '@flotilla/api';
import type { ApiClient } from '@flotilla/client';
import { eventually, FakeCluster } from '@flotilla/client/testing';
import { podIsReady, timestamp } from '@flotilla/controller-kit';
import { controllers } from './controllers.js';
import { runControllers } from './manager.js';
import type { ManagerSettings } from './settings.js';
import { testContext } from './testing/context.js';

const settings: ManagerSettings = {
  clusterCidrs: ['127.30.0.0/16'],
  nodeCidrMaskSize: 24,
  allocateNodeCidrs: true,
  nodeMonitorPeriodMs: 50,
  nodeMonitorGracePeriodMs: 300,
  terminatedPodsMax: 100,
  rootCa: 'PEM',
  signing: undefined,
};

const namespace = 'default';

function deployment(replicas: number, image = 'flotilla/hello'): Deployment {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'hello', namespace },
    spec: {
      replicas,
      selector: { matchLabels: { app: 'hello' } },
      template: {
        metadata: { labels: { app: 'hello' } },
        spec: { containers: [{ name: 'hello', image, ports: [{ name: 'http', containerPort: 8080 }] }] },
      },
    },
  };
}

describe('all controllers, on one API server', () => {
  let cluster: FakeCluster;
  let client: ApiClient;
  let stop: AbortController;
  let running: Promise<void>;
  let mostPods: number;
  let stopKubelet: () => void;

  const lead = async () => {
    stop = new AbortController();
    running = runControllers(controllers, testContext(client, settings), stop.signal);
  };
  const stopLeading = async () => {
    stop.abort();
    await running;
  };

  /** Makes every pod ready, as soon as it is there. */
  const startKubelet = () => {
    let next = 1;
    return cluster.storage.listen(({ definition, type }) => {
      if (definition.kind !== 'Pod') return;
      mostPods = Math.max(mostPods, cluster.storage.list(kinds.pods, namespace).length);
      if (type !== 'ADDED') return;
      queueMicrotask(() => {
        for (const pod of pods().filter((one) => !podIsReady(one))) {
          const status = {
            phase: 'Running',
            podIP: `127.30.0.${next++}`,
            conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' }],
          };
          cluster.storage.update(kinds.pods, namespace, pod.metadata.name, { ...pod, status }, true);
        }
      });
    });
  };
  const pods = () =>
    cluster.storage.list(kinds.pods, namespace) as readonly Pod[] as readonly (Pod & { metadata: { name: string } })[];
  const replicaSets = () => cluster.storage.list(kinds.replicaSets, namespace);
  const hello = () => client.resource(kinds.deployments).get('hello', { namespace });
  const complete = async (replicas: number) => {
    const { status, metadata } = await hello();
    return (
      (status?.availableReplicas ?? 0) === replicas &&
      (status?.updatedReplicas ?? 0) === replicas &&
      (status?.replicas ?? 0) === replicas &&
      status?.observedGeneration === metadata.generation
    );
  };
  const scale = (replicas: number) =>
    client.resource(kinds.deployments).patch('hello', { spec: { replicas } }, { namespace, type: 'merge' });

  beforeEach(async () => {
    cluster = await FakeCluster.start();
    client = cluster.client();
    mostPods = 0;
    stopKubelet = startKubelet();
    await client
      .resource(kinds.namespaces)
      .create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace }, spec: {} });
    await lead();
  });
  afterEach(async () => {
    stopKubelet();
    await stopLeading();
    await cluster.stop();
  });

  test('a deployment scales up, down, to nothing and back, and replaces a deleted pod', async () => {
    await client.resource(kinds.deployments).create(deployment(3));
    await eventually('3 pods', () => complete(3));
    for (const replicas of [6, 0, 2]) {
      await scale(replicas);
      await eventually(`${replicas} pods`, () => complete(replicas));
      assert.equal(pods().length, replicas);
    }
    const [victim] = pods();
    await client.resource(kinds.pods).delete(victim!.metadata.name, { namespace });
    await eventually(
      'replaced',
      async () => pods().length === 2 && !pods().some(({ metadata }) => metadata.uid === victim!.metadata.uid),
    );
    const conditions = async () =>
      (await hello()).status?.conditions
        ?.map(({ type, status, reason }) => `${type}=${status} ${reason}`)
        .sort()
        .join(', ');
    const good = 'Available=True MinimumReplicasAvailable, Progressing=True NewReplicaSetAvailable';
    await eventually(good, async () => (await complete(2)) && (await conditions()) === good);
    assert.equal(mostPods, 6);
  });

  test('a rolling update stays within its limits, and going back reuses the old ReplicaSet', async () => {
    await client.resource(kinds.deployments).create(deployment(4));
    await eventually('4 pods', () => complete(4));
    const [first] = replicaSets();
    mostPods = 0;
    await client.resource(kinds.deployments).update({ ...(await hello()), spec: deployment(4, 'flotilla/other').spec });
    await eventually(
      'rolled out',
      async () => (await complete(4)) && pods().every(({ spec }) => spec.containers[0]?.image === 'flotilla/other'),
    );
    assert.equal(mostPods, 5);
    assert.equal((await hello()).metadata.annotations?.['deployment.kubernetes.io/revision'], '2');
    await client.resource(kinds.deployments).update({ ...(await hello()), spec: deployment(4).spec });
    await eventually(
      'rolled back',
      async () => (await complete(4)) && pods().every(({ spec }) => spec.containers[0]?.image === 'flotilla/hello'),
    );
    assert.equal(replicaSets().length, 2);
    const revived = replicaSets().find(({ metadata }) => metadata.uid === first?.metadata.uid);
    assert.equal(revived?.metadata.annotations?.['deployment.kubernetes.io/revision'], '3');
  });

  test('recreate ends all old pods before it starts new ones', async () => {
    const strategy = { strategy: { type: 'Recreate' } };
    const spec = { ...deployment(3).spec, ...strategy };
    await client.resource(kinds.deployments).create({ ...deployment(3), spec });
    await eventually('3 pods', () => complete(3));
    mostPods = 0;
    await client
      .resource(kinds.deployments)
      .update({ ...(await hello()), spec: { ...deployment(3, 'flotilla/other').spec, ...strategy } });
    await eventually(
      'recreated',
      async () => (await complete(3)) && pods().every(({ spec }) => spec.containers[0]?.image === 'flotilla/other'),
    );
    assert.equal(mostPods, 3);
  });

  test('deleting a deployment takes ReplicaSets and pods with it', async () => {
    await client.resource(kinds.deployments).create(deployment(3));
    await eventually('3 pods', () => complete(3));
    await client.resource(kinds.deployments).delete('hello', { namespace, propagationPolicy: 'Background' });
    await eventually('all gone', () => pods().length === 0 && replicaSets().length === 0);
  });

  test('a foreground deletion waits for the pods; an orphaning one leaves them', async () => {
    await client.resource(kinds.deployments).create(deployment(2));
    await eventually('2 pods', () => complete(2));
    const deleted: string[] = [];
    const unlisten = cluster.storage.listen(({ type, object }) => void (type === 'DELETED' && deleted.push(object.kind)));
    await client.resource(kinds.deployments).delete('hello', { namespace, propagationPolicy: 'Foreground' });
    await eventually('all gone', () => deleted.includes('Deployment'));
    unlisten();
    assert.deepEqual(
      deleted.filter((kind) => ['Pod', 'ReplicaSet', 'Deployment'].includes(kind)),
      ['Pod', 'Pod', 'ReplicaSet', 'Deployment'],
    );
    await client.resource(kinds.deployments).create(deployment(2));
    await eventually('2 pods', () => complete(2));
    await client.resource(kinds.deployments).delete('hello', { namespace, propagationPolicy: 'Orphan' });
    await eventually('gone', () => cluster.storage.list(kinds.deployments, namespace).length === 0);
    assert.deepEqual([pods().length, replicaSets().length, replicaSets()[0]?.metadata.ownerReferences ?? []], [2, 1, []]);
    await client.resource(kinds.deployments).create(deployment(2));
    await eventually('adopted', () => replicaSets()[0]?.metadata.ownerReferences?.[0]?.kind === 'Deployment');
    await eventually('complete', () => complete(2));
    assert.equal(replicaSets().length, 1);
  });

  test('lost answers and leader changes make no replica too many', async () => {
    let lost = 0;
    cluster.fault = (line) => (line.startsWith('POST /api/v1/namespaces/default/pods') && lost++ % 2 === 0 ? 'lose' : undefined);
    await client.resource(kinds.deployments).create(deployment(5));
    await eventually('some pods', () => pods().length >= 2);
    await stopLeading();
    await lead();
    await eventually('5 pods', () => complete(5));
    assert.ok(lost > 2);
    assert.equal(mostPods, 5);
  });

  test('services list the pods behind them, and namespaces get what every namespace has', async () => {
    const service: Service = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'hello', namespace },
      spec: { selector: { app: 'hello' }, ports: [{ port: 80, targetPort: 'http' }] },
    };
    await client.resource(kinds.services).create(service);
    await client.resource(kinds.deployments).create(deployment(3));
    const slices = () =>
      client.resource(kinds.endpointSlices).list({ namespace, labelSelector: 'kubernetes.io/service-name=hello' });
    const ready = async () =>
      (await slices()).items.flatMap(({ endpoints }) => endpoints ?? []).filter(({ conditions }) => conditions?.ready === true)
        .length;
    await eventually('3 endpoints', async () => (await ready()) === 3);
    assert.deepEqual(
      (await slices()).items[0]?.ports?.map(({ port }) => port),
      [8080],
    );
    const endpoints = () => client.resource(kinds.endpoints).get('hello', { namespace });
    await eventually('3 addresses', async () => (await endpoints()).subsets?.[0]?.addresses?.length === 3);
    await scale(0);
    await eventually('no endpoint', async () => (await ready()) === 0 && ((await endpoints()).subsets ?? []).length === 0);
    await client.resource(kinds.services).delete('hello', { namespace });
    await eventually('slices gone', async () => (await slices()).items.length === 0);
    await client.resource(kinds.serviceAccounts).get('default', { namespace });
    const ca = await client.resource(kinds.configMaps).get('kube-root-ca.crt', { namespace });
    assert.equal(ca.data?.['ca.crt'], 'PEM');
  });

  test('nodes get ranges of their own; a silent one is tainted, its pods leave, and it recovers', async () => {
    const nodes = client.resource(kinds.nodes);
    const leases = client.resource(kinds.leases);
    const node = (n: number): Node => ({ apiVersion: 'v1', kind: 'Node', metadata: { name: `node-${n}` }, spec: {} });
    let beats = 0;
    const status = (n: number) => ({
      addresses: [{ type: 'InternalIP', address: `127.30.${n}.1` }],
      conditions: [{ type: 'Ready', status: 'True', lastHeartbeatTime: timestamp(Date.now() + 1_000 * beats++) }],
    });
    for (const n of [1, 2]) {
      await nodes.create(node(n));
      await nodes.patchStatus(`node-${n}`, { status: status(n) }, { type: 'merge' });
      await leases.create({
        apiVersion: 'coordination.k8s.io/v1',
        kind: 'Lease',
        metadata: { name: `node-${n}`, namespace: 'kube-node-lease' },
        spec: {},
      });
    }
    const get = (n: number) => nodes.get(`node-${n}`);
    for (const n of [1, 2]) await eventually('a range', async () => (await get(n)).spec?.podCIDR === `127.30.${n}.0/24`);
    const renew = async (n: number) => {
      const renewTime = new Date(1_800_000_000_000 + 1_000 * beats++).toISOString().replace('Z', '000Z');
      await leases.patch(`node-${n}`, { spec: { renewTime } }, { namespace: 'kube-node-lease', type: 'merge' });
    };
    const pod: Pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'bound', namespace },
      spec: { nodeName: 'node-2', containers: [{ name: 'c', image: 'flotilla/hello' }] },
    };
    await client.resource(kinds.pods).create(pod);
    const tainted = async (n: number) => {
      await renew(1);
      return (
        (await get(n)).spec?.taints?.some(
          ({ key, effect }) => key === 'node.kubernetes.io/unreachable' && effect === 'NoExecute',
        ) === true
      );
    };
    await eventually('node-2 is tainted', () => tainted(2));
    assert.equal((await get(2)).status?.conditions?.find(({ type }) => type === 'Ready')?.status, 'Unknown');
    assert.equal(await tainted(1), false);
    await eventually('its pod leaves', async () => {
      await renew(1);
      return pods().length === 0;
    });
    await nodes.patchStatus('node-2', { status: status(2) }, { type: 'merge' });
    await eventually('node-2 is itself again', async () => {
      await renew(1);
      await renew(2);
      return ((await get(2)).spec?.taints ?? []).length === 0;
    });
  });

  test('a deleted namespace is emptied first', async () => {
    const namespaces = client.resource(kinds.namespaces);
    await client.resource(kinds.deployments).create(deployment(2));
    await eventually('2 pods', () => complete(2));
    const object = await namespaces.get(namespace);
    assert.deepEqual(object.spec?.finalizers, ['kubernetes']);
    const { storage } = cluster;
    // As an API server does it in a namespace that is being deleted.
    cluster.fault = (line) => (line.startsWith('POST') ? { code: 403, reason: 'Forbidden' } : undefined);
    storage.update(kinds.namespaces, '', namespace, { ...object, metadata: { ...object.metadata, finalizers: ['hold'] } }, false);
    await namespaces.delete(namespace);
    await eventually(
      'empty',
      () => pods().length === 0 && replicaSets().length === 0 && storage.list(kinds.configMaps, namespace).length === 0,
      15_000,
    );
    await eventually(
      'finalized',
      () => cluster.requests.some((line) => line === 'PUT /api/v1/namespaces/default/finalize'),
      15_000,
    );
  });
});
