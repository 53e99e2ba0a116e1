import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { TestAuthority } from '@flotilla/process/testing';
import { eventually, findLeader, type MemberProcess, startCluster } from './process-cluster.test.js';

interface WriterReport {
  readonly acknowledged: string[];
  readonly longestGapMs: number;
}

/** Writes without pause until `stopped`, or the test is over, going on at the next member after a failure. */
async function write(t: TestContext, members: readonly MemberProcess[], stopped: () => boolean): Promise<WriterReport> {
  const acknowledged: string[] = [];
  let longestGapMs = 0;
  let lastMs = Date.now();
  for (let i = 0, at = 0; !stopped() && !t.signal.aborted; i++) {
    const key = `key-${i}`;
    try {
      await members[at % members.length]?.put(key, key, 2_000);
      acknowledged.push(key);
      longestGapMs = Math.max(longestGapMs, Date.now() - lastMs);
      lastMs = Date.now();
    } catch {
      at++;
    }
  }
  return { acknowledged, longestGapMs };
}

async function assertAllThere(member: MemberProcess, acknowledged: readonly string[]): Promise<void> {
  for (const key of acknowledged) assert.equal(await member.get(key), key, `${key} was acknowledged and is lost`);
}

test('kill -9 of the leader: writes resume in under 2 s, nothing acknowledged is lost, the member catches up', async (t) => {
  const members = startCluster(t, { net: '127.21.1' });
  const leader = await findLeader(members);
  let stopped = false;
  const writing = write(t, members, () => stopped);
  await eventually(async () => assert.notEqual(await leader.get('key-200'), undefined));
  await leader.stop('SIGKILL');
  const next = await findLeader(members.filter((member) => member !== leader));
  const mark = await next.metric('etcd_server_proposals_applied_total');
  await eventually(async () => assert.ok((await next.metric('etcd_server_proposals_applied_total')) > mark + 200));
  stopped = true;
  const { acknowledged, longestGapMs } = await writing;
  assert.ok(longestGapMs < 2_000, `no write for ${longestGapMs} ms`);
  leader.start();
  const [first = ''] = acknowledged;
  await eventually(async () => assert.equal(await leader.get(first), first));
  await assertAllThere(leader, acknowledged);
});

test('kill -9 of all: every acknowledged write is there after the restart', async (t) => {
  const members = startCluster(t, { net: '127.21.2' });
  const leader = await findLeader(members);
  let stopped = false;
  const writing = write(t, [leader], () => stopped);
  await eventually(async () => assert.notEqual(await leader.get('key-100'), undefined));
  await Promise.all(members.map((member) => member.stop('SIGKILL')));
  stopped = true;
  const { acknowledged } = await writing;
  for (const member of members) member.start();
  await assertAllThere(await findLeader(members), acknowledged);
});

test('two of three down: writes and quorum reads are refused with a reason; service resumes with one back', async (t) => {
  const members = startCluster(t, { net: '127.21.3', flags: ['--heartbeat-interval', '50', '--election-timeout', '500'] });
  const [first, second, third] = members as [MemberProcess, MemberProcess, MemberProcess];
  await findLeader(members);
  await eventually(() => first.put('before', 'yes'));
  await Promise.all([second.stop(), third.stop()]);
  await assert.rejects(first.put('during', 'no'), /etcdserver: (no leader|request timed out)/);
  await assert.rejects(first.get('before'), /etcdserver: (no leader|request timed out)/);
  second.start();
  await eventually(() => first.put('after', 'yes'));
  assert.equal(await eventually(() => second.get('before')), 'yes');
});

test('members talk over mutual TLS, and a stop by signal is clean', async (t) => {
  const authority = new TestAuthority();
  const peer = authority.issue({ commonName: 'peer', hosts: ['127.21.4.1', '127.21.4.2', '127.21.4.3'] });
  const members = startCluster(t, {
    ...{ net: '127.21.4', scheme: 'https' },
    flags: [
      ...['--peer-cert-file', peer.certFile, '--peer-key-file', peer.keyFile],
      ...['--peer-trusted-ca-file', authority.pair.certFile, '--peer-client-cert-auth'],
    ],
  });
  const leader = await findLeader(members);
  await leader.put('a', 'b');
  for (const member of members) assert.equal(await member.get('a'), 'b');
  await assert.rejects(fetch('https://127.21.4.1:2380/members'), 'without a certificate nobody gets in');
  const exit = leader.untilExit();
  await leader.stop('SIGTERM');
  assert.equal((await exit).code, 0);
});
