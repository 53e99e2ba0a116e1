import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { eventually, findLeader, MemberProcess, startCluster } from './process-cluster.test.js';

const found = spawnSync('etcdctl', ['version'], { env: { ...process.env, ETCDCTL_API: '3' } }).status === 0;
const options = { timeout: 120_000, skip: found ? false : 'etcdctl is not installed' };

/** Runs stock etcdctl. @returns what it printed; rejects with what it complained of */
function etcdctlOn(members: readonly MemberProcess[]): (args: string) => Promise<string> {
  const env = { ...process.env, ETCDCTL_API: '3', ETCDCTL_ENDPOINTS: members.map(({ clientUrl }) => clientUrl).join() };
  return (args) =>
    new Promise((resolve, reject) => {
      execFile('etcdctl', args.split(' '), { env }, (error, stdout, stderr) =>
        error === null ? resolve(stdout) : reject(new Error(stderr)),
      );
    });
}

interface ListedMember {
  readonly ID: number;
  readonly name: string;
  readonly peerURLs: string[];
  readonly isLearner?: boolean;
}

/** Starts the member that `etcdctl member add` was just told of, with the environment that it printed. */
function joinAs(t: TestContext, net: string, i: number, printed: string): MemberProcess {
  const [, initialCluster = ''] = /ETCD_INITIAL_CLUSTER="(.*)"/.exec(printed) ?? assert.fail(printed);
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-join-'));
  const clientUrl = `http://${net}.${i}:2379`;
  const member = new MemberProcess(clientUrl, [
    ...['--name', `n${i}`, '--data-dir', folder, '--log-level', 'error', '--initial-cluster', initialCluster],
    ...[
      '--listen-client-urls',
      clientUrl,
      '--listen-peer-urls',
      `http://${net}.${i}:2380`,
      '--initial-cluster-state',
      'existing',
    ],
  ]);
  member.start();
  t.after(async () => {
    await member.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  return member;
}

test('etcdctl member: a voter joins, moves, and is removed, which ends its process', options, async (t) => {
  const net = '127.21.30';
  const members = startCluster(t, { net });
  const etcdctl = etcdctlOn(members);
  await findLeader(members);
  const list = async () => JSON.parse(await etcdctl('member list -w json')).members as ListedMember[];
  const add = () => etcdctl(`member add n4 --peer-urls=http://${net}.4:2380`);
  const added = await eventually(add); // refused while a member is not connected yet
  assert.match(added, /^Member +[0-9a-f]+ added to cluster +[0-9a-f]+\n\nETCD_NAME="n4"\n/);
  assert.match(added, /ETCD_INITIAL_CLUSTER_STATE="existing"/);
  await assert.rejects(add(), /Peer URLs already exists/);
  await assert.rejects(etcdctl(`member add n5 --peer-urls=http://${net}.5:2380`), /unhealthy cluster/);
  const [, id = ''] = /^Member +(\w+) added/.exec(added) ?? assert.fail();
  const line = async () => (await etcdctl('member list')).split('\n').find((text) => text.startsWith(id));
  assert.equal(await line(), `${id}, unstarted, , http://${net}.4:2380, , false`);

  const fourth = joinAs(t, net, 4, added);
  const started = `${id}, started, n4, http://${net}.4:2380, http://${net}.4:2379, false`;
  await eventually(async () => assert.equal(await line(), started));
  await eventually(() => fourth.put('joined', 'yes')); // not before it has installed the leader's snapshot
  const moved = `http://${net}.4:2380,http://${net}.44:2380`;
  assert.match(await etcdctl(`member update ${id} --peer-urls=${moved}`), new RegExp(`^Member +${id} updated in cluster`));
  const taken = etcdctl(`member update ${id} --peer-urls=http://${net}.1:2380`);
  await assert.rejects(taken, /Peer URLs already exists/);
  assert.deepEqual((await list()).find(({ name }) => name === 'n4')?.peerURLs, moved.split(','));
  await fourth.put('moved', 'yes');

  const exit = fourth.untilExit();
  assert.match(await etcdctl(`member remove ${id}`), new RegExp(`^Member +${id} removed from cluster`));
  assert.match((await exit).stderr, /the member has been permanently removed from the cluster/);
  assert.equal((await list()).length, 3);
  await assert.rejects(etcdctl(`member remove ${id}`), /member not found/);
  fourth.start();
  assert.match((await fourth.untilExit()).stderr, /the member has been permanently removed from the cluster/);
});

test('etcdctl member: a learner joins, is promoted, and may lead', options, async (t) => {
  const net = '127.21.31';
  const members = startCluster(t, { net, size: 1 });
  const etcdctl = etcdctlOn(members);
  await findLeader(members);
  const added = await eventually(() => etcdctl(`member add n2 --peer-urls=http://${net}.2:2380 --learner`));
  const [, id = ''] = /^Member +(\w+) added/.exec(added) ?? assert.fail(added);
  await assert.rejects(
    etcdctl(`member add n3 --peer-urls=http://${net}.3:2380 --learner`),
    /too many learner members in cluster/,
  );
  await assert.rejects(etcdctl(`member promote ${id}`), /can only promote a learner member which is in sync with leader/);
  const second = joinAs(t, net, 2, added);
  assert.match(await eventually(() => etcdctl(`member promote ${id}`)), new RegExp(`^Member +${id} promoted in cluster`));
  await assert.rejects(etcdctl(`member promote ${id}`), /can only promote a learner member/);
  await eventually(() => second.put('a', 'b'));

  const both = [...members, second];
  const leader = await findLeader(both);
  const follower = both.find((member) => member !== leader) ?? assert.fail();
  const { header } = await follower.call('/v3/cluster/member/list', {});
  const followerId = BigInt((header as { member_id: string }).member_id);
  const transfer = { targetID: followerId.toString() };
  await assert.rejects(follower.call('/v3/maintenance/transfer-leadership', transfer), /etcdserver: not leader/);
  await assert.rejects(etcdctlOn([follower])(`move-leader ${followerId.toString(16)}`), /no leader endpoint given/);
  await assert.rejects(etcdctlOn(both)('move-leader 1234'), /bad leader transferee/);
  const told = await etcdctlOn(both)(`move-leader ${followerId.toString(16)}`);
  assert.match(told, new RegExp(`^Leadership transferred from +\\w+ to +${followerId.toString(16)}`));
});
