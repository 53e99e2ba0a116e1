import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLogger } from '@flotilla/base';
import { type Command, encodeCommand } from '@flotilla/mvcc';
import { Alarms } from '../alarms.js';
import type { ClusterMember } from '../member.js';
import { openDatabase } from '../node/level-database.js';
import { eventually, findLeader, type MemberProcess, startCluster } from '../node/process-cluster.test.js';
import { StateStorage } from '../node/state-storage.js';
import { LoneMember } from '../server/lone-member.js';
import { answerHash, checkInitially, checkMembers } from './corruption-check.js';
import { findCorrupt, type MemberHash } from './find-corrupt.js';

test('who is corrupt', () => {
  const at = (memberId: number, hash: number, more: Partial<MemberHash> = {}): MemberHash => {
    return { memberId: BigInt(memberId), hash, revision: 10, compactRevision: 5, ...more };
  };
  const later = { revision: 12, compactRevision: 6 };
  for (const [what, own, peers, members, expected] of [
    ['all agree', at(1, 7), [at(2, 7), at(3, 7)], 3, []],
    ['one of three differs', at(1, 7), [at(2, 7), at(3, 8)], 3, [3]],
    ['the leader differs', at(1, 8), [at(2, 7), at(3, 7)], 3, [1]],
    ['no two agree', at(1, 7), [at(2, 8), at(3, 9)], 3, [0]],
    ['one does not answer, and the other differs', at(1, 7), [at(2, 8)], 3, [0]],
    ['one does not answer, and the other agrees', at(1, 7), [at(2, 7)], 3, []],
    ['two of five differ', at(1, 7), [at(2, 7), at(3, 8), at(4, 7), at(5, 9)], 5, [3, 5]],
    ['one has not compacted yet', at(1, 7), [at(2, 7), at(3, 9, { compactRevision: 4 })], 3, []],
    ['one is ahead of the leader', at(1, 7), [at(2, 7), at(3, 7, { revision: 13 })], 3, [3]],
    ['one has compacted what the leader has not', at(1, 7), [at(2, 7), at(3, 9, { compactRevision: 7 })], 3, [3]],
    ['a member alone', at(1, 7), [], 1, []],
  ] as const) {
    assert.deepEqual(findCorrupt({ own, peers, later, members }), expected.map(BigInt), what);
  }
});

/** One of a cluster of three, whose others answer with what `others` hold. */
class Leader extends LoneMember {
  override members(): readonly ClusterMember[] {
    const named = (id: bigint) => ({ id, name: `n${id}`, peerUrls: [], clientUrls: [], isLearner: false });
    return [...super.members(), named(2n), named(3n)];
  }
}

function cluster(commands: readonly Command[]) {
  const members = [new Leader(), new LoneMember(), new LoneMember()] as const;
  const propose = (member: LoneMember, command: Command) => member.propose(encodeCommand(command));
  const ask = async ({ id }: ClusterMember, path: string) => {
    const [, query] = path.split('?');
    return answerHash((id === 2n ? members[1] : members[2]).store, new URLSearchParams(query));
  };
  const [member] = members;
  const options = { member, alarms: new Alarms(member, silentLogger), ask, log: silentLogger };
  const filled = Promise.all(members.flatMap((each) => commands.map((command) => propose(each, command))));
  return { members, propose, options, filled };
}

const put = (value: string): Command => ({ put: { key: Buffer.from('k'), value: Buffer.from(value) } });

test('members that agree are left alone, though one lags behind', async () => {
  const { members, propose, options, filled } = cluster([put('1'), put('2')]);
  await filled;
  await propose(members[0], put('3'));
  await propose(members[1], put('3'));
  await checkMembers(options);
  assert.deepEqual(members[0].store.alarms(), []);
  await checkInitially(options);
});

test('the member that differs gets the alarm; at its start it would not serve', async () => {
  const { members, propose, options, filled } = cluster([put('1')]);
  await filled;
  for (const [member, value] of [
    [members[0], '2'],
    [members[1], '2'],
    [members[2], 'not 2'],
  ] as const)
    await propose(member, put(value));
  const message = 'checkInitialHashKV failed: 8e9e05c52164694d found data inconsistency with peers';
  await assert.rejects(checkInitially(options), { name: 'ConfigError', message });
  await checkMembers(options);
  assert.deepEqual(members[0].store.alarms(), [{ memberId: 3n, type: 'corrupt' }]);
  const { raftIndex } = members[0].status();
  await checkMembers(options);
  assert.equal(members[0].status().raftIndex, raftIndex, 'once is enough');
});

/** Changes a value on disk behind a member's back, with a checksum that fits: as a bug would. */
async function falsify(dataDir: string, value: string, by: string): Promise<void> {
  const database = await openDatabase(dataDir, silentLogger);
  const state = new StateStorage(database, 0);
  for await (const page of state.pages(Uint8Array.of(0x72), Uint8Array.of(0x73))) {
    for (const [key, stored] of page) {
      const text = Buffer.from(stored).toString('latin1');
      if (text.endsWith(value)) state.write([{ key, value: Buffer.from(text.replace(value, by), 'latin1') }]);
    }
  }
  await database.write(state.beginFlush());
  await database.close();
}

test('real members: a falsified one is found, writes stop everywhere, and it refuses to start when it checks itself', {
  timeout: 90_000,
}, async (t) => {
  const flags = ['--experimental-corrupt-check-time', '300ms'];
  const members = startCluster(t, { net: '127.21.41', flags });
  const leader = await findLeader(members);
  for (let i = 0; i < 20; i++) await leader.put(`k${i}`, `value-${i}`);
  await eventually(async () => assert.ok((await leader.metric('etcd_server_proposals_applied_total')) > 20));
  const victim = members.find((member) => member !== leader) as MemberProcess;
  await eventually(async () => assert.equal(await victim.get('k19'), 'value-19'));
  await victim.stop('SIGTERM'); // with everything applied on disk
  await falsify(victim.dataDir, 'value-7', 'false-7');
  victim.start();
  const id = await eventually(async () => {
    const { alarms } = await leader.call('/v3/maintenance/alarm', {});
    const [alarm] = alarms as { memberID: string; alarm: string }[];
    assert.equal(alarm?.alarm, 'CORRUPT');
    return alarm.memberID;
  });
  const { header } = await victim.call('/v3/maintenance/status', {});
  assert.equal(id, (header as { member_id: string }).member_id);
  for (const member of members) await assert.rejects(member.put('a', 'b'), /etcdserver: corrupt cluster/);
  await victim.stop();
  victim.start('--experimental-initial-corrupt-check');
  const { code, stderr } = await victim.untilExit();
  assert.equal(code, 1);
  assert.match(stderr, /Error: checkInitialHashKV failed: [0-9a-f]+ found data inconsistency with peers/);
  const honest = members.find((member) => member !== leader && member !== victim) as MemberProcess;
  await honest.stop();
  honest.start('--experimental-initial-corrupt-check');
  assert.equal(await eventually(() => honest.get('k7')), 'value-7');
});
