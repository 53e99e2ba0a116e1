import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { type ConfigMap, kinds, type Namespace, type Pod, StatusError } from '@flotilla/api';
import type { ApiClient, WatchEvent } from '@flotilla/client';
import { AcknowledgedWriter } from './harness/acknowledged-writer.js';
import { type ProcessStatus, TestCluster } from './harness/cluster.js';
import { output } from './harness/command.js';
import { eventually } from './harness/eventually.js';

/** Short leases and grace periods: what is tested is that they are kept, not how long a default is. */
const leaseSeconds = 6;
const componentArgs = [
  ...['controller-manager', 'scheduler'].flatMap((component) => [
    `${component}:--leader-elect-lease-duration=${leaseSeconds}s`,
    `${component}:--leader-elect-renew-deadline=4s`,
    `${component}:--leader-elect-retry-period=1s`,
  ]),
  'controller-manager:--node-monitor-grace-period=16s',
  'controller-manager:--node-monitor-period=1s',
  'apiserver:--default-not-ready-toleration-seconds=2',
  'apiserver:--default-unreachable-toleration-seconds=2',
];

const helloPods = { namespace: 'default', labelSelector: 'app=hello' };

describe('what must survive, while a client writes without pause', () => {
  let cluster: TestCluster;
  let client: ApiClient;
  let writer: AcknowledgedWriter;
  let rows = 0;

  before(async () => {
    cluster = await TestCluster.start({ componentArgs });
    client = await cluster.client();
  });
  after(() => cluster?.wipe());

  beforeEach(async () => {
    await cluster.allHealthy();
    const namespace = `row-${++rows}`;
    const object: Namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace }, spec: {} };
    await client.resource<Namespace>(kinds.namespaces).create(object);
    writer = new AcknowledgedWriter(client, namespace).start();
    await eventually('writes flow', () => assert.ok(writer.acknowledged.length > 20));
  });

  afterEach(async () => {
    await eventually('writes flow again', () => assert.ok(writer.countSince(performance.now() - 200) > 0));
    await writer.stop();
    assert.deepEqual(await writer.lost(), [], `nothing of ${writer.acknowledged.length} acknowledged writes is lost`);
  });

  const kill = ({ pid }: ProcessStatus, signal: NodeJS.Signals = 'SIGKILL') => process.kill(pid, signal);
  const runningPods = async () =>
    (await client.resource<Pod>(kinds.pods).list(helloPods)).items.filter(
      ({ metadata, status }) => metadata.deletionTimestamp === undefined && status?.phase === 'Running',
    );
  /** The pods too many are gone, not only going: the tests after this one look at the processes of what is left. */
  const backToThreePods = async () => {
    await cluster.kubectl(['scale', 'deployment', 'hello', '--replicas=3']);
    await eventually('three pods are left', async () =>
      assert.equal((await client.resource<Pod>(kinds.pods).list(helloPods)).items.length, 3),
    );
  };
  const isReady = ({ status }: Pod) =>
    status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') === true;
  const back = (name: string, before: ProcessStatus) =>
    eventually(`${name} is back`, async () => {
      const now = await cluster.process((process) => process.name === name);
      assert.ok(now.healthy && now.pid !== before.pid);
    });

  test('kill -9 of the store leader: writes resume, the member rejoins and catches up', async (t) => {
    const leader = await cluster.leader('store');
    const killedMs = performance.now();
    kill(leader);
    await eventually('writes resume', () => assert.ok(writer.countSince(killedMs + 200) > 10));
    const gapMs = writer.longestGapMs(killedMs);
    t.diagnostic(`longest gap between acknowledged writes: ${Math.round(gapMs)} ms`);
    assert.ok(gapMs < 2_000, `writes resumed after ${gapMs} ms`);
    await back(leader.name, leader);
    await caughtUp();
  });

  test('kill -9 of a store follower: writes go on, the member rejoins and catches up', async (t) => {
    const follower = await cluster.process(({ component, role }) => component === 'store' && role === 'follower');
    const killedMs = performance.now();
    kill(follower);
    await eventually('writes go on', () => assert.ok(writer.countSince(killedMs + 200) > 10));
    t.diagnostic(`longest gap between acknowledged writes: ${Math.round(writer.longestGapMs(killedMs))} ms`);
    assert.ok(writer.longestGapMs(killedMs) < 2_000);
    await back(follower.name, follower);
    await caughtUp();
  });

  async function caughtUp(): Promise<void> {
    const env = await cluster.environment();
    await eventually('all members have the same revision and hash', async () => {
      const text = await output('etcdctl', ['endpoint', 'status', '-w', 'json'], { env });
      const members = JSON.parse(text) as {
        Status: { header: { revision: number; raft_term: number }; raftAppliedIndex: number };
      }[];
      assert.equal(members.length, 3);
      const indexes = members.map(({ Status }) => Status.raftAppliedIndex);
      assert.ok(Math.max(...indexes) - Math.min(...indexes) < 200, `applied: ${indexes.join(', ')}`);
      assert.equal(new Set(members.map(({ Status }) => Status.header.raft_term)).size, 1);
    });
  }

  test('two of three store members gone: writes and quorum reads are refused clearly; service resumes when one returns', async () => {
    const stores = (await cluster.processes()).filter(({ component }) => component === 'store');
    const [first, second, third] = stores as [ProcessStatus, ProcessStatus, ProcessStatus];
    assert.equal((await cluster.flotilla('stop', first.name)).code, 0);
    assert.equal((await cluster.flotilla('stop', second.name)).code, 0);
    const refused = async (what: string, call: () => Promise<unknown>) =>
      eventually(`${what} is refused`, async () => {
        const error = await call().then(
          () => assert.fail(`${what} went through`),
          (thrown: unknown) => thrown,
        );
        assert.ok(error instanceof StatusError, String(error));
        assert.ok([500, 503, 504].includes(error.code), `${error.code} ${error.message}`);
        assert.match(error.message, /etcdserver|store|quorum|leader|timed? ?out|timeout/i);
      });
    const object: ConfigMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'refused', namespace: writer.namespace } };
    await refused('a write', () => client.resource<ConfigMap>(kinds.configMaps).create(object));
    await refused('a quorum read', () => client.resource<ConfigMap>(kinds.configMaps).list({ namespace: writer.namespace }));
    const env = { ...(await cluster.environment()), ETCDCTL_ENDPOINTS: `https://${third.address}` };
    await assert.rejects(
      output('etcdctl', ['--command-timeout=3s', 'get', '/registry', '--prefix', '--limit=1'], { env }),
      /context deadline exceeded|no leader/,
    );
    const local = await output('etcdctl', ['get', '/registry', '--prefix', '--limit=1', '--keys-only', '--consistency=s'], {
      env,
    });
    assert.match(local, /^\/registry\//, 'a serializable read is answered by the member that is left');
    const resumedMs = performance.now();
    assert.equal((await cluster.flotilla('start', first.name)).code, 0);
    await eventually('writes resume', () => assert.ok(writer.countSince(resumedMs) > 10));
    assert.equal((await cluster.flotilla('start', second.name)).code, 0);
    await cluster.allHealthy();
  });

  test('kill -9 of API servers: at most connection errors, and watches resume with no gap and no duplicate', async (t) => {
    const watched = new AbortController();
    const events: WatchEvent<ConfigMap>[] = [];
    const start = await client.resource<ConfigMap>(kinds.configMaps).list({ namespace: writer.namespace });
    events.push(...start.items.map((object): WatchEvent<ConfigMap> => ({ type: 'ADDED', object })));
    const listed = events.length;
    const watching = watchForever(events, start.metadata.resourceVersion, watched.signal);
    for (const name of ['apiserver-1', 'apiserver-2', 'apiserver-3']) {
      const victim = await cluster.process((process) => process.name === name);
      const killedMs = performance.now();
      kill(victim);
      await eventually('writes resume', () => assert.ok(writer.countSince(killedMs + 200) > 10));
      await back(name, victim);
    }
    await writer.stop();
    const last = writer.acknowledged.at(-1)!;
    await eventually('the watch has the last write', () =>
      assert.ok(events.some(({ object }) => object.metadata.name === last.name)),
    );
    watched.abort();
    await watching;
    const seen = events.filter(({ type }) => type === 'ADDED').map(({ object }) => object.metadata);
    assert.equal(new Set(seen.map(({ name }) => name)).size, seen.length, 'no duplicate');
    const names = new Set(seen.map(({ name }) => name));
    assert.deepEqual(
      writer.acknowledged.filter(({ name }) => !names.has(name)),
      [],
      'no gap',
    );
    const versions = seen.slice(listed).map(({ resourceVersion }) => Number(resourceVersion));
    assert.deepEqual(
      versions,
      [...versions].sort((a, b) => a - b),
      'in order',
    );
    t.diagnostic(
      `${writer.failures.length} failed calls: ${[...new Set(writer.failures.map((text) => text.slice(0, 60)))].join(' | ')}`,
    );
    for (const failure of writer.failures)
      assert.match(failure, /connect|ECONN|socket|closed|EPIPE|reset|other side/i, 'a connection error that a retry cures');
    writer = new AcknowledgedWriter(client, 'default').start();
  });

  /** As a client library does it: from the last version seen, again and again. */
  async function watchForever(events: WatchEvent<ConfigMap>[], from: string | undefined, signal: AbortSignal): Promise<void> {
    const resource = client.resource<ConfigMap>(kinds.configMaps);
    const { namespace } = writer;
    let resourceVersion = from;
    while (!signal.aborted) {
      try {
        for await (const event of resource.watch({
          namespace,
          signal,
          ...(resourceVersion === undefined ? {} : { resourceVersion }),
        })) {
          resourceVersion = event.object.metadata.resourceVersion;
          events.push(event);
        }
      } catch (error) {
        if (signal.aborted) return;
        assert.ok(!(error instanceof StatusError), String(error));
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  }

  test('kill -9 of the leading scheduler: the standby leads within its lease time, and no pod is bound twice', async (t) => {
    const leader = await cluster.leader('scheduler');
    kill(leader);
    const takenMs = await standbyLeads('scheduler', leader);
    t.diagnostic(`standby led after ${Math.round(takenMs)} ms`);
    await cluster.kubectl(['scale', 'deployment', 'hello', '--replicas=8']);
    await eventually('eight pods run', async () => assert.equal((await runningPods()).length, 8));
    const revisions = await bindingsPerPod();
    for (const [pod, bindings] of revisions) assert.equal(bindings, 1, `${pod} was bound ${bindings} times`);
    await backToThreePods();
    await back(leader.name, leader);
  });

  async function standbyLeads(component: string, before: ProcessStatus): Promise<number> {
    const startMs = performance.now();
    await eventually(`another ${component} leads`, async () => {
      const now = await cluster.process((process) => process.component === component && process.role === 'leader');
      assert.ok(now.pid !== before.pid);
    });
    const tookMs = performance.now() - startMs;
    assert.ok(tookMs < leaseSeconds * 1_000 + 4_000, `took ${tookMs} ms`);
    return tookMs;
  }

  /** How many Scheduled events each pod of the example has. */
  async function bindingsPerPod(): Promise<Map<string, number>> {
    const text = await cluster.kubectl(['get', 'events', '--field-selector=reason=Scheduled', '-o', 'json']);
    const { items } = JSON.parse(text) as { items: { involvedObject: { uid: string; name: string }; count?: number }[] };
    const counts = new Map<string, number>();
    for (const { involvedObject, count } of items)
      counts.set(involvedObject.name, (counts.get(involvedObject.name) ?? 0) + (count ?? 1));
    return counts;
  }

  test('kill -9 of the leading controller manager while a Deployment grows: no replica too many', async (t) => {
    const leader = await cluster.leader('controller-manager');
    let most = 0;
    const watched = new AbortController();
    const counting = countPods((count) => {
      most = Math.max(most, count);
    }, watched.signal);
    await cluster.kubectl(['scale', 'deployment', 'hello', '--replicas=9']);
    kill(leader);
    t.diagnostic(`standby led after ${Math.round(await standbyLeads('controller-manager', leader))} ms`);
    await eventually('nine pods run', async () => assert.equal((await runningPods()).length, 9), 60_000);
    watched.abort();
    await counting;
    assert.equal(most, 9, 'never more than asked for');
    await backToThreePods();
    await back(leader.name, leader);
  });

  /** Follows every change, so that a replica that existed only for a moment is counted too. */
  async function countPods(report: (count: number) => void, signal: AbortSignal): Promise<void> {
    const pods = client.resource<Pod>(kinds.pods);
    const { items, metadata } = await pods.list(helloPods);
    const live = new Set(items.map((pod) => pod.metadata.uid));
    try {
      for await (const { type, object } of pods.watch({
        ...helloPods,
        signal,
        resourceVersion: metadata.resourceVersion ?? '',
      })) {
        if (type === 'DELETED' || object.metadata.deletionTimestamp !== undefined) live.delete(object.metadata.uid);
        else live.add(object.metadata.uid);
        report(live.size);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  test('kill -9 of a kubelet: its pods keep running, and the restarted kubelet adopts them', async () => {
    const before = (await runningPods()).map(({ metadata, status }) => [
      metadata.name,
      status?.containerStatuses?.[0]?.containerID,
      status?.containerStatuses?.[0]?.restartCount,
    ]);
    const name = (await runningPods())[0]!.spec.nodeName!.replace('node', 'kubelet');
    const pids = containerPids(name);
    assert.ok(pids.length > 0, `${name} runs a pod`);
    const kubelet = await cluster.process((process) => process.name === name);
    kill(kubelet);
    for (const pid of pids) process.kill(pid, 0);
    await back(name, kubelet);
    await eventually('its pods are as before', async () => {
      const now = await runningPods();
      assert.ok(now.every(isReady));
      assert.deepEqual(
        now.map(({ metadata, status }) => [
          metadata.name,
          status?.containerStatuses?.[0]?.containerID,
          status?.containerStatuses?.[0]?.restartCount,
        ]),
        before,
      );
    });
    for (const pid of pids) process.kill(pid, 0);
    assert.deepEqual(containerPids(name), pids);
  });

  /** The processes whose environment says that they are a pod of the example on this kubelet's node. */
  function containerPids(kubelet: string): number[] {
    const node = `node-${kubelet.split('-')[1]}`;
    return readdirSync('/proc')
      .filter((entry) => /^\d+$/.test(entry) && existsSync(join('/proc', entry, 'environ')))
      .map(Number)
      .filter((pid) => {
        try {
          const environ = readFileSync(`/proc/${pid}/environ`, 'utf8');
          return (
            environ.includes(`NODE_NAME=${node}\0`) &&
            environ.includes(cluster.nodeAddress(Number(kubelet.split('-')[1])).replace(/\.1$/, '.'))
          );
        } catch {
          return false; // ended meanwhile
        }
      })
      .sort((a, b) => a - b);
  }

  test('kill -9 of the load balancer: restarted, and components reconnect', async () => {
    const victim = await cluster.process(({ name }) => name === 'loadbalancer');
    const killedMs = performance.now();
    kill(victim);
    await back('loadbalancer', victim);
    await eventually('writes resume', () => assert.ok(writer.countSince(killedMs + 500) > 10));
    await cluster.kubectl(['scale', 'deployment', 'hello', '--replicas=4']);
    await eventually('controllers, scheduler and kubelets work', async () =>
      assert.equal((await runningPods()).filter(isReady).length, 4),
    );
    await backToThreePods();
  });

  test('a kubelet gone for good, with its pods: NotReady after the grace period, pods replaced on other nodes', async () => {
    const node = (await runningPods())[0]!.spec.nodeName!;
    const kubelet = node.replace('node', 'kubelet');
    const victims = (await runningPods()).filter(({ spec }) => spec.nodeName === node).map(({ metadata }) => metadata.name);
    const pids = containerPids(kubelet);
    kill(await cluster.process(({ name }) => name === kubelet));
    assert.equal((await cluster.flotilla('stop', kubelet)).code, 0);
    for (const pid of pids) process.kill(pid, 'SIGKILL');
    await eventually(
      'the node is not ready',
      async () => assert.match(await cluster.kubectl(['get', 'node', node, '--no-headers']), / NotReady/),
      40_000,
    );
    await eventually(
      'three ready pods on the other nodes',
      async () => {
        const ready = (await runningPods()).filter(isReady);
        assert.equal(ready.length, 3);
        assert.ok(ready.every(({ spec }) => spec.nodeName !== node));
      },
      60_000,
    );
    for (let i = 0; i < 6; i++) await output('curl', ['-sS', '--max-time', '5', `http://${cluster.nodeAddress(1)}:30080/`]);
    assert.equal((await cluster.flotilla('start', kubelet)).code, 0);
    await eventually(
      'the node is back and the old pods are gone',
      async () => {
        assert.match(await cluster.kubectl(['get', 'node', node, '--no-headers']), / Ready/);
        const names = (await client.resource<Pod>(kinds.pods).list(helloPods)).items.map(({ metadata }) => metadata.name);
        assert.deepEqual(
          names.filter((name) => victims.includes(name)),
          [],
        );
      },
      60_000,
    );
  });

  test('kill -9 of everything at once, then up: all objects back, pods running again', async () => {
    await writer.stop();
    const before = (await cluster.kubectl(['get', 'deployments,replicasets,services,configmaps', '-A', '-o', 'name']))
      .split('\n')
      .sort();
    const supervisor = JSON.parse(readFileSync(join(cluster.stateDir, 'supervisor.pid'), 'utf8')) as { pid: number };
    const containers = [1, 2, 3].flatMap((n) => containerPids(`kubelet-${n}`));
    const processes = await cluster.processes();
    process.kill(supervisor.pid, 'SIGKILL');
    for (const victim of processes) kill(victim);
    for (const pid of containers) process.kill(pid, 'SIGKILL');
    const { code, stdout, stderr } = await cluster.up();
    assert.equal(code, 0, stdout + stderr);
    await eventually('three pods are ready', async () => assert.equal((await runningPods()).filter(isReady).length, 3), 60_000);
    const now = (await cluster.kubectl(['get', 'deployments,replicasets,services,configmaps', '-A', '-o', 'name']))
      .split('\n')
      .sort();
    assert.deepEqual(now, before);
    assert.deepEqual(await writer.lost(), []);
    writer = new AcknowledgedWriter(client, 'default').start();
  });
});
