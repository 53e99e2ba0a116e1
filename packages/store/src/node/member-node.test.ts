import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ConfigError, silentLogger } from '@flotilla/base';
import { systemClock, systemRandom } from '@flotilla/process';
import { readConfig, type StoreFlags } from '../config.js';
import type { Backend, StateMachine } from '../member.js';
import type { MemberNode } from './member-node.js';
import { eventually } from './process-cluster.test.js';
import { type RunningMember, startMember } from './start-member.js';

/** The smallest machine that shows order and loss: it counts commands, and keeps the last value of each key. */
class Tally implements StateMachine<number> {
  readonly #backend: Backend;
  constructor(backend: Backend) {
    this.#backend = backend;
  }

  get count(): number {
    return Number(this.get('count') ?? 0);
  }

  get(key: string): string | undefined {
    const value = this.#backend.get(Buffer.from(key));
    return value === undefined ? undefined : Buffer.from(value).toString();
  }

  apply(_index: number, command: Uint8Array): number {
    const [key = '', value = ''] = Buffer.from(command).toString().split('=');
    const count = this.count + 1;
    this.#backend.write([
      { key: Buffer.from(key), value: Buffer.from(value) },
      { key: Buffer.from('count'), value: Buffer.from(String(count)) },
    ]);
    return count;
  }

  async reload(): Promise<void> {}
}

type Running = RunningMember<Tally>;

/** Members in this process, on addresses `net.1`, `net.2`, …; closed and wiped after the test. */
class TestCluster {
  readonly #net: string;
  readonly #folder = mkdtempSync(join(tmpdir(), 'flotilla-node-'));
  readonly #running = new Map<number, Running>();
  readonly #flags: Partial<StoreFlags>;
  /** Members that said why they cannot go on. */
  readonly ended = new Map<number, string>();

  constructor(t: TestContext, net: string, flags: Partial<StoreFlags> = {}) {
    this.#net = net;
    this.#flags = flags;
    t.after(async () => {
      await Promise.all([...this.#running.keys()].map((i) => this.stop(i)));
      rmSync(this.#folder, { recursive: true });
    });
  }

  peerUrl(i: number): string {
    return `http://${this.#net}.${i}:2380`;
  }

  async start(i: number, founders: readonly number[], flags: Partial<StoreFlags> = {}): Promise<MemberNode<Tally>> {
    const config = readConfig({
      ...{ name: `n${i}`, dataDir: join(this.#folder, `n${i}`), initialClusterToken: 'test', initialClusterState: 'new' },
      ...{ listenClientUrls: `http://${this.#net}.${i}:2379`, listenPeerUrls: this.peerUrl(i) },
      ...{ initialCluster: [...new Set([...founders, i])].map((n) => `n${n}=${this.peerUrl(n)}`).join(',') },
      ...{
        clientCertAuth: false,
        peerClientCertAuth: false,
        heartbeatInterval: 20,
        electionTimeout: 200,
        forceNewCluster: false,
        strictReconfigCheck: true,
      },
      ...{
        snapshotCount: 10_000,
        quotaBackendBytes: 0,
        maxRequestBytes: 100_000,
        experimentalWatchProgressNotifyInterval: 600_000,
      },
      ...{ autoCompactionMode: 'periodic', autoCompactionRetention: '0' },
      ...{
        authToken: 'simple',
        authTokenTtl: 300,
        bcryptCost: 4,
        snapshotScheduleInterval: 0,
        experimentalInitialCorruptCheck: false,
        experimentalCorruptCheckTime: 0,
        snapshotScheduleRetention: 7,
      },
      ...this.#flags,
      ...flags,
    });
    const running = await startMember({
      config,
      openMachine: async (backend) => new Tally(backend),
      ...{ clock: systemClock, random: systemRandom, log: silentLogger },
      onFatal: (error) => {
        if (!(error instanceof ConfigError)) throw error;
        this.ended.set(i, error.message);
      },
    });
    this.#running.set(i, running);
    return running.member;
  }

  async stop(i: number): Promise<void> {
    const running = this.#running.get(i);
    this.#running.delete(i);
    await running?.close();
  }
}

const bytes = (text: string) => Buffer.from(text);

test('a proposal anywhere is answered with what the machine said; a read anywhere sees it', async (t) => {
  const cluster = new TestCluster(t, '127.21.11');
  const members = await Promise.all([1, 2, 3].map((i) => cluster.start(i, [1, 2, 3])));
  for (const [i, member] of members.entries()) {
    assert.equal(await member.propose(bytes(`k${i}=v${i}`)), i + 1);
    for (const reader of members) {
      await reader.linearizable();
      assert.equal(reader.store.get(`k${i}`), `v${i}`);
    }
  }
  const answers = await Promise.all(Array.from({ length: 300 }, (_, i) => members[i % 3]?.propose(bytes(`p${i}=x`))));
  assert.deepEqual(
    answers.map(Number).sort((a, b) => a - b),
    Array.from({ length: 300 }, (_, i) => i + 4),
    'each command was applied exactly once',
  );
  await assert.rejects(async () => members[0]?.propose(Buffer.alloc(700_000)), { code: 'too-large' });
});

test('after a restart nothing is lost, and nothing is applied twice', async (t) => {
  const cluster = new TestCluster(t, '127.21.12', { snapshotCount: 20 });
  for (let life = 1; life <= 4; life++) {
    const member = await cluster.start(1, [1]);
    for (let i = 0; i < 25; i++) await member.propose(bytes(`k${i}=${life}`));
    await member.linearizable();
    assert.equal(member.store.count, life * 25);
    assert.ok(member.raftStatus().firstIndex > 20 * (life - 1), 'the log is compacted');
    await cluster.stop(1);
  }
});

test('a member that missed more than the log holds gets the state, and goes on', async (t) => {
  const cluster = new TestCluster(t, '127.21.13', { snapshotCount: 20 });
  const [first] = await Promise.all([1, 2, 3].map((i) => cluster.start(i, [1, 2, 3])));
  const leader = first as MemberNode<Tally>;
  await leader.propose(bytes('a=before'));
  await cluster.stop(3);
  const big = 'x'.repeat(50_000);
  for (let i = 0; i < 100; i++) await leader.propose(bytes(`k${i}=${big}`));
  const late = await cluster.start(3, [1, 2, 3]);
  await late.linearizable();
  assert.equal(late.store.count, 101);
  assert.equal(late.store.get('a'), 'before');
  assert.equal(late.store.get('k99'), big);
  assert.equal(await late.propose(bytes('b=after')), 102);
});

test('a member joins as a learner, is promoted, leads, and the old leader leaves', async (t) => {
  const cluster = new TestCluster(t, '127.21.14');
  const member = await cluster.start(1, [1]);
  await member.propose(bytes('a=b'));
  const added = await member.addMember([cluster.peerUrl(2)], { isLearner: true });
  assert.equal(added.isLearner, true);
  const joined = await cluster.start(2, [1], { initialClusterState: 'existing' });
  assert.equal(joined.id, added.id);
  await joined.linearizable();
  assert.equal(joined.store.get('a'), 'b');
  await eventually(() => member.promoteMember(added.id));
  await eventually(async () =>
    assert.deepEqual(
      member.members().map(({ name }) => name),
      ['n1', 'n2'],
    ),
  );
  await member.moveLeader(joined.id);
  assert.equal(joined.status().leader, joined.id);
  await joined.removeMember(member.id);
  await eventually(async () => assert.match(cluster.ended.get(1) ?? '', /permanently removed from the cluster/));
  assert.equal(await joined.propose(bytes('c=d')), 2);
  await cluster.stop(2);
  const again = await cluster.start(2, [1], { initialClusterState: 'existing' });
  assert.equal(await again.propose(bytes('e=f')), 3);
});

test('a learner that lags behind is not promoted, whichever member is asked', async (t) => {
  const cluster = new TestCluster(t, '127.21.17');
  const members = await Promise.all([1, 2, 3].map((i) => cluster.start(i, [1, 2, 3])));
  const [first] = members as [MemberNode<Tally>];
  await eventually(() => first.propose(bytes('a=b')));
  const { id } = await eventually(() => first.addMember([cluster.peerUrl(4)], { isLearner: true }));
  const knownTo = (member: MemberNode<Tally>) => member.members().some((known) => known.id === id);
  await eventually(async () => assert.ok(members.every(knownTo)));
  const outcomes = await Promise.allSettled(members.map((member) => member.promoteMember(id)));
  const reasons = outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.reason.message : 'promoted'));
  const refusal = 'etcdserver: can only promote a learner member which is in sync with leader';
  assert.deepEqual(reasons, [refusal, refusal, refusal]);
  assert.equal(first.members().find((member) => member.id === id)?.isLearner, true);
});

test('who was not added cannot join, and another cluster’s member is not heard', async (t) => {
  const cluster = new TestCluster(t, '127.21.15');
  await cluster.start(1, [1]);
  await assert.rejects(cluster.start(2, [1], { initialClusterState: 'existing' }), /add it first \(etcdctl member add\)/);
  const stranger = await cluster.start(3, [1, 3], { initialClusterToken: 'another' });
  await assert.rejects(stranger.propose(bytes('a=b')), { code: 'unavailable', message: 'etcdserver: no leader' });
});

test('while the leadership moves again and again, every command is applied once, and no client sees an error', async (t) => {
  const cluster = new TestCluster(t, '127.21.16');
  const members = await Promise.all([1, 2, 3].map((i) => cluster.start(i, [1, 2, 3])));
  const leaderOf = () => members.find((member) => member.status().leader === member.id);
  let moving = true;
  let sent = 0;
  const clients = members.map(async (member) => {
    while (moving) assert.ok((await member.propose(bytes(`k=${++sent}`))) > 0);
  });
  for (let moves = 0; moves < 6; moves++) {
    const leader = await eventually(async () => leaderOf() ?? assert.fail('nobody leads'));
    const next = members[(members.indexOf(leader) + 1) % 3] as MemberNode<Tally>;
    await leader.moveLeader(next.id);
  }
  moving = false;
  await Promise.all(clients);
  for (const member of members) {
    await member.linearizable();
    assert.equal(member.store.count, sent);
  }
});
