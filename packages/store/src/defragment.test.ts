import assert from 'node:assert/strict';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { eventually, findLeader, type MemberProcess, startCluster } from './node/process-cluster.test.js';
import { etcdctl, withEtcdctl } from './server/etcdctl-process.test.js';

interface Status {
  readonly dbSize: string;
  readonly dbSizeInUse: string;
}

const status = async (member: MemberProcess) => (await member.call('/v3/maintenance/status', {})) as unknown as Status;

function logBytes({ dataDir }: MemberProcess): number {
  const folder = join(dataDir, 'member', 'wal');
  const segments = readdirSync(folder).filter((name) => name.endsWith('.wal'));
  return segments.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}

test(
  'defragmentation gives the space of compacted history and of the log back, on the members that are asked to',
  withEtcdctl,
  async (t) => {
    const members = startCluster(t, { net: '127.21.42' });
    const leader = await findLeader(members);
    const other = members.find((member) => member !== leader) as MemberProcess;
    const value = 'x'.repeat(100_000);
    for (let i = 0; i < 200; i++) await leader.put(`k${i % 20}`, value + i);
    await leader.put('last', 'one');
    await eventually(async () => assert.equal(await other.get('last'), 'one'));
    const endpoints = leader.clientUrl;
    await etcdctl(endpoints, 'compaction 202');
    const before = Number((await status(leader)).dbSizeInUse);
    assert.ok(before > 20_000_000 || before < 3_000_000);
    assert.ok(logBytes(leader) > 10_000_000);
    assert.match(await etcdctl(endpoints, 'defrag'), /^Finished defragmenting etcd member\[.*\]\n$/);
    const { dbSize, dbSizeInUse } = await status(leader);
    assert.ok(Number(dbSizeInUse) < 2_100_000, `${dbSizeInUse} bytes are remembered`);
    assert.ok(Number(dbSize) < 3_000_000, `${dbSize} bytes lie on disk`);
    assert.ok(Number(dbSize) > 0);
    assert.ok(logBytes(leader) < 100_000, `${logBytes(leader)} bytes of log`);
    assert.ok(logBytes(other) > 10_000_000);
    assert.equal(await leader.metric('etcd_disk_defrag_inflight'), 0);
    assert.equal(await leader.metric('etcd_disk_backend_defrag_duration_seconds_count'), 1);
    assert.equal(await other.metric('etcd_disk_backend_defrag_duration_seconds_count'), 0);
    assert.match(await etcdctl(endpoints, 'defrag --cluster'), /^(Finished defragmenting etcd member\[.*\]\n){3}$/);
    assert.ok(Number((await status(other)).dbSize) < 3_000_000);
    assert.equal(await other.get('k7'), `${value}187`);
    await leader.stop();
    leader.start();
    assert.equal(await eventually(() => leader.get('k7')), `${value}187`);
    await leader.put('after', 'all');
  },
);

test('beyond its quota, a cluster goes on after compaction, defragmentation and alarm disarm', withEtcdctl, async (t) => {
  const members = startCluster(t, { net: '127.21.43', flags: ['--quota-backend-bytes', '5000000'] });
  const leader = await findLeader(members);
  const endpoints = members.map(({ clientUrl }) => clientUrl).join(',');
  const value = 'x'.repeat(100_000);
  const fill = async () => {
    for (let i = 0; i < 100; i++) await leader.put(`k${i % 10}`, value);
  };
  await assert.rejects(fill(), /etcdserver: mvcc: database space exceeded/);
  for (const member of members) await assert.rejects(member.put('small', 'x'), /database space exceeded/);
  const [, id] = /^memberID:(\d+) alarm:NOSPACE \n$/.exec(await etcdctl(endpoints, 'alarm list')) ?? [];
  const { header } = await leader.call('/v3/maintenance/status', {});
  assert.equal(id, (header as { member_id: string }).member_id, 'it is the alarm of the member that noticed');
  const health = await fetch(`${leader.clientUrl}/health`);
  assert.deepEqual([health.status, await health.text()], [503, '{"health":"false","reason":"ALARM NOSPACE"}']);
  assert.match(
    await etcdctl(endpoints, 'endpoint status --cluster -w table'),
    new RegExp(`memberID:${id} *\\|[^]*alarm:NOSPACE`),
  );
  const { header: now } = (await leader.call('/v3/kv/range', { key: 'YQ==' })) as { header: { revision: string } };
  await etcdctl(endpoints, `compaction ${now.revision}`);
  await etcdctl(endpoints, 'defrag --cluster');
  assert.equal(await etcdctl(endpoints, 'alarm disarm'), `memberID:${id} alarm:NOSPACE \n`);
  for (const member of members) await member.put('small', 'x');
  assert.equal((await fetch(`${leader.clientUrl}/health`)).status, 200);
});

test('endpoint status, health and hashkv of a cluster, in every format', withEtcdctl, async (t) => {
  const members = startCluster(t, { net: '127.21.44' });
  const leader = await findLeader(members);
  await leader.put('a', 'b');
  const { clientUrl } = leader;
  for (const member of members) await eventually(async () => assert.equal(await member.get('a'), 'b'));
  const statuses = JSON.parse(await etcdctl(clientUrl, 'endpoint status --cluster -w json')) as {
    readonly Endpoint: string;
    readonly Status: Record<string, unknown>;
  }[];
  assert.deepEqual(
    statuses.map(({ Endpoint }) => Endpoint).sort(),
    members.map((member) => member.clientUrl),
  );
  for (const { Status } of statuses) {
    assert.equal(Status['raftIndex'], Status['raftAppliedIndex']);
    assert.ok(Number(Status['dbSize']) > 0 && Number(Status['dbSizeInUse']) > 0);
    assert.equal(Status['errors'], undefined);
  }
  const table = await etcdctl(clientUrl, 'endpoint status --cluster -w table');
  assert.match(table, /\| +ENDPOINT +\| +ID +\| VERSION \| DB SIZE \| IS LEADER \| IS LEARNER \| RAFT TERM/);
  assert.equal(table.match(/\| +true \| +false \|/g)?.length, 1);
  assert.match(await etcdctl(clientUrl, 'endpoint status --cluster -w fields'), /"RaftAppliedIndex" : \d+\n/);
  const healths = JSON.parse(await etcdctl(clientUrl, 'endpoint health --cluster -w json')) as { readonly health: boolean }[];
  assert.deepEqual(
    healths.map(({ health }) => health),
    [true, true, true],
  );
  assert.match(await etcdctl(clientUrl, 'endpoint health --cluster -w table'), /\| +true \|/);
  const hashes = JSON.parse(await etcdctl(clientUrl, 'endpoint hashkv --cluster -w json')) as {
    readonly HashKV: { readonly hash: number; readonly compact_revision?: number };
  }[];
  assert.equal(hashes.length, 3);
  assert.equal(new Set(hashes.map(({ HashKV }) => HashKV.hash)).size, 1);
  assert.match(await etcdctl(clientUrl, 'endpoint hashkv --cluster -w table'), /\| +ENDPOINT +\| +HASH +\|/);
  assert.match(await etcdctl(clientUrl, 'endpoint hashkv --cluster -w fields'), /"Hash" : \d+/);
});
