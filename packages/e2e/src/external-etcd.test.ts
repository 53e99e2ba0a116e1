import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type ConfigMap, kinds } from '@flotilla/api';
import type { ApiClient } from '@flotilla/client';
import { AcknowledgedWriter } from './harness/acknowledged-writer.js';
import { TestCluster } from './harness/cluster.js';
import { output } from './harness/command.js';
import { EtcdCluster, etcdMissing } from './harness/etcd-cluster.js';
import { eventually } from './harness/eventually.js';

describe('a cluster on an external etcd', { skip: etcdMissing }, () => {
  let etcd: EtcdCluster;
  let cluster: TestCluster;
  let client: ApiClient;

  before(async () => {
    etcd = await EtcdCluster.start();
    const { ca, cert, key } = etcd.clientFiles;
    const store = [`--etcd-servers=${etcd.endpoints.join(',')}`, `--etcd-cafile=${ca}`];
    const upArgs = [...store, `--etcd-certfile=${cert}`, `--etcd-keyfile=${key}`];
    cluster = await TestCluster.start({ nodes: 2, controlPlanes: 2, bare: true, upArgs });
    client = await cluster.client();
  });
  after(async () => {
    await cluster?.wipe();
    await etcd?.wipe();
  });

  test('no store runs; a Deployment does, and etcdctl lists what the cluster knows', async () => {
    const components = new Set((await cluster.processes()).map(({ component }) => component));
    assert.ok(!components.has('store') && components.has('apiserver'));
    await cluster.kubectl(['create', 'deployment', 'web', '--image=flotilla/hello']);
    await cluster.kubectl(['scale', 'deployment', 'web', '--replicas=3']);
    await cluster.kubectl(['rollout', 'status', 'deployment', 'web', '--timeout=30s']);
    const env = await cluster.environment();
    assert.equal(env['ETCDCTL_ENDPOINTS'], etcd.endpoints.join(','));
    const keys = await output('etcdctl', ['get', '/registry', '--prefix', '--keys-only'], { env });
    assert.match(keys, /^\/registry\/deployments\/default\/web$/m);
    assert.equal(keys.match(/^\/registry\/pods\/default\/web-/gm)?.length, 3);
  });

  test('members of etcd die, one and then all: nothing acknowledged is lost, and a watch goes on', async (t) => {
    const configMaps = client.resource<ConfigMap>(kinds.configMaps);
    const watched = new AbortController();
    const { metadata } = await configMaps.list({ namespace: 'default' });
    const seen: string[] = [];
    const watching = (async () => {
      const from = { namespace: 'default', resourceVersion: metadata.resourceVersion ?? '', signal: watched.signal };
      for await (const { type, object } of configMaps.watch(from)) if (type === 'ADDED') seen.push(object.metadata.name);
    })();
    watching.catch(() => {}); // awaited below
    const writer = new AcknowledgedWriter(client, 'default').start();
    const flows = (what: string, sinceMs: number) =>
      eventually(what, () => assert.ok(writer.countSince(sinceMs + 200) > 10, writer.failures.at(-1)));
    await flows('writes flow', performance.now());

    const killedMs = performance.now();
    await etcd.killLeader();
    await flows('writes go on without the leader', killedMs);
    t.diagnostic(`longest gap between acknowledged writes: ${Math.round(writer.longestGapMs(killedMs))} ms`);
    await etcd.startAll();

    await etcd.killAll();
    await etcd.startAll();
    await flows('writes go on after all members were killed', performance.now());
    await writer.stop();

    assert.deepEqual(await writer.lost(), [], `nothing of ${writer.acknowledged.length} acknowledged writes is lost`);
    const last = writer.acknowledged.at(-1)!;
    await eventually('the watch has the last write', () => assert.ok(seen.includes(last.name)));
    assert.equal(new Set(seen).size, seen.length, 'no event twice');
    const missed = writer.acknowledged.filter(({ name }) => !seen.includes(name));
    assert.deepEqual(missed, [], 'no event missing');
    watched.abort();
    await watching.catch((error: unknown) => assert.ok(watched.signal.aborted, String(error)));
    await cluster.allHealthy();
  });
});
