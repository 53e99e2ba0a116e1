import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Deployment, kinds } from '@flotilla/api';
import { seededRandom } from '@flotilla/base';
import { eventually, FakeCluster, type Fault } from '@flotilla/client/testing';
import { controllers } from './controllers.js';
import { runControllers } from './manager.js';
import { testContext } from './testing/context.js';

const namespace = 'default';
const deployment = (replicas: number): Deployment => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'd', namespace },
  spec: {
    replicas,
    selector: { matchLabels: { app: 'd' } },
    template: { metadata: { labels: { app: 'd' } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
  },
});

const seeds = process.env['SEED'] === undefined ? [1, 2, 3] : [Number(process.env['SEED'])];

for (const seed of seeds) {
  test(`whatever breaks, there is never a pod too many; replay with SEED=${seed}`, async () => {
    const random = seededRandom(seed);
    const cluster = await FakeCluster.start();
    const client = cluster.client();
    const { storage } = cluster;
    const pods = () => storage.list(kinds.pods, namespace);
    let wanted = 1;
    let tooMany = 0;
    storage.listen(() => {
      tooMany = Math.max(tooMany, pods().length - wanted);
    });
    storage.create(kinds.namespaces, '', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace }, spec: {} });
    storage.create(kinds.deployments, namespace, deployment(wanted));

    let stop = new AbortController();
    const lead = async () => {
      stop = new AbortController();
      return { running: runControllers(controllers, testContext(client, {}, random), stop.signal) };
    };
    let { running } = await lead();
    cluster.fault = (request): Fault => {
      if (random.next() > 0.15) return undefined;
      if (request.startsWith('GET') || request.startsWith('WATCH')) return 'drop';
      return (['drop', 'lose', { code: 500, reason: 'InternalError' }] as const)[Math.floor(random.next() * 3)];
    };
    for (let step = 0; step < 12; step++) {
      const action = Math.floor(random.next() * 5);
      if (action <= 1) {
        wanted += 1 + Math.floor(random.next() * 4);
        const old = storage.get(kinds.deployments, namespace, 'd');
        storage.update(kinds.deployments, namespace, 'd', { ...old, spec: deployment(wanted).spec }, false);
      } else if (action === 2) {
        const victim = pods()[0];
        if (victim !== undefined) storage.delete(kinds.pods, namespace, victim.metadata.name, {});
      } else if (action === 3) {
        cluster.breakConnections();
        if (random.next() < 0.5) storage.compact();
      } else {
        stop.abort();
        await running;
        ({ running } = await lead());
      }
      const pauseMs = random.next() * 60;
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
    cluster.fault = () => undefined;
    await eventually(`${wanted} pods`, () => pods().length === wanted, 20_000);
    assert.equal(storage.list(kinds.replicaSets, namespace).length, 1);
    assert.equal(tooMany, 0);
    stop.abort();
    await running;
    await cluster.stop();
  });
}
