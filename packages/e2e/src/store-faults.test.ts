import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { encodeCommand } from '@flotilla/mvcc';
import { eventually } from './harness/eventually.js';
import type { PeerNetwork } from './harness/peer-network.js';
import { StoreCluster, type StoreMember } from './harness/store-cluster.js';
import { checkHistory } from './harness/store-history.js';
import { StoreRecorder } from './harness/store-recorder.js';

type Faults = (cluster: StoreCluster, recorder: StoreRecorder) => Promise<void>;

/** Real processes under faults while clients and watchers record, then everything that was said is checked. */
async function survives(t: TestContext, faults: Faults): Promise<void> {
  const cluster = await StoreCluster.start({ cuttable: true, flags: ['--heartbeat-interval=50', '--election-timeout=500'] });
  const recorder = await StoreRecorder.start(cluster.endpoints);
  t.after(async () => {
    await recorder.close();
    await cluster.wipe();
  });
  await recorder.progress();
  await faults(cluster, recorder);
  cluster.network?.mend();
  await cluster.healthy();
  await recorder.progress();
  await recorder.stop();
  await checkHistory(cluster, recorder);
  t.diagnostic(summary(recorder));
}

test('kill -9, again and again, of the leader and of others', (t) =>
  survives(t, async (cluster, recorder) => {
    for (let round = 0; round < 4; round++) {
      const victim = round % 2 === 0 ? await cluster.leader() : anyOf(cluster.members);
      await victim.kill('SIGKILL');
      await recorder.progress();
      victim.start();
      await recorder.progress();
    }
  }));

test('kill -9 of all at once, in the middle of writes', (t) =>
  survives(t, async (cluster, recorder) => {
    for (let round = 0; round < 2; round++) {
      await Promise.all(cluster.members.map((member) => member.kill('SIGKILL')));
      for (const member of cluster.members) member.start();
      await recorder.progress();
    }
  }));

test('a leader that stands still and wakes up does not believe that it still leads', (t) =>
  survives(t, async (cluster, recorder) => {
    for (let round = 0; round < 3; round++) {
      const victim = round % 2 === 0 ? await cluster.leader() : anyOf(cluster.members);
      victim.signal('SIGSTOP');
      await recorder.progress();
      victim.signal('SIGCONT');
      await recorder.progress();
    }
  }));

test('partitions: a leader alone, and links that work in one direction', (t) =>
  survives(t, async (cluster, recorder) => {
    const network = cluster.network!;
    for (const { cut, deposes } of cuts) {
      const leader = await cluster.leader();
      const [one, other] = cluster.members.filter((member) => member !== leader).map(({ name }) => name) as [string, string];
      cut(network, leader.name, one, other);
      await recorder.progress();
      if (deposes) {
        await eventually('the cut-off leader has been replaced', async () => {
          const leads = await Promise.all(cluster.members.map((member) => member !== leader && member.leads()));
          assert.ok(leads.includes(true));
        });
      }
      network.mend();
      await recorder.progress();
    }
  }));

interface Cut {
  /** Whether the others have to elect another leader. */
  readonly deposes: boolean;
  cut(network: PeerNetwork, leader: string, one: string, other: string): void;
}

const cuts: readonly Cut[] = [
  { deposes: true, cut: (network, leader) => network.isolate(leader) },
  { deposes: false, cut: (network, _leader, one) => network.isolate(one) },
  // It hears, and is not heard.
  { deposes: true, cut: (network, leader, ...others) => others.forEach((other) => void network.cut(leader, other)) },
  // It is heard, and does not hear.
  { deposes: true, cut: (network, leader, ...others) => others.forEach((other) => void network.cut(other, leader)) },
  { deposes: false, cut: (network, leader, one) => network.cut(leader, one) },
  { deposes: false, cut: (network, leader, one) => network.cut(one, leader) },
];

test('everything at once, at random', (t) =>
  survives(t, async (cluster, recorder) => {
    const network = cluster.network!;
    for (let round = 0; round < 3; round++) {
      const leader = await cluster.leader();
      const other = anyOf(cluster.members.filter((member) => member !== leader));
      // At most one member is out at a time, as seen from the other two, so that writes go on.
      const victim = anyOf([leader, other]);
      network.isolate(victim.name);
      victim.signal('SIGSTOP');
      await recorder.progress(20);
      victim.signal('SIGCONT');
      await recorder.progress(20);
      await victim.kill('SIGKILL');
      victim.start();
      await recorder.progress(20);
      network.mend();
      await recorder.progress(20);
    }
  }));

test('the check would notice: a lost write, a stale read, a missed event', async (t) => {
  const cluster = await StoreCluster.start();
  const recorder = await StoreRecorder.start(cluster.endpoints);
  t.after(async () => {
    await recorder.close();
    await cluster.wipe();
  });
  await recorder.progress();
  await recorder.stop();
  await checkHistory(cluster, recorder);
  const [calledMs, returnedMs] = [performance.now(), performance.now()];
  const command = encodeCommand({ put: { key: Buffer.from('a'), value: Buffer.from('never written') } });
  const lost = { client: 'liar', request: { command }, calledMs, returnedMs, outcome: { response: { put: { revision: 2 } } } };
  recorder.operations.push(lost);
  await assert.rejects(checkHistory(cluster, recorder), /durability/);
  recorder.operations.pop();
  const range = { key: Buffer.from('nothing') };
  const early = { response: { range: { revision: 2, kvs: [], more: false, count: 0 } } };
  recorder.operations.push({ client: 'liar', request: { range }, calledMs, returnedMs, outcome: early });
  await assert.rejects(checkHistory(cluster, recorder), /real time/);
  recorder.operations.pop();
  const [watch] = recorder.watches;
  const responses = [...watch!.sessions[0]!.responses];
  responses.splice(5, 1);
  recorder.watches[0] = { ...watch!, sessions: [{ ...watch!.sessions[0]!, responses }] };
  await assert.rejects(checkHistory(cluster, recorder), /watch reliable/);
});

function anyOf(members: readonly StoreMember[]): StoreMember {
  return members[Math.floor(Math.random() * members.length)]!;
}

function summary({ operations, watches }: StoreRecorder): string {
  const counts = new Map<string, number>();
  for (const { outcome } of operations) {
    const name = typeof outcome === 'string' ? outcome : 'error' in outcome ? outcome.error : 'answered';
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const events = watches.map(({ sessions }) => sessions[0]?.responses.length ?? 0);
  return `${[...counts].map(([name, count]) => `${count} ${name}`).join(', ')}; watched ${events.join(', ')} revisions`;
}
