import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { eventually, findLeader, type MemberProcess, startCluster } from './process-cluster.test.js';

const facts = readFileSync(new URL('../../testdata/etcd-metrics.txt', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => line.split(' ') as [name: string, type: string]);

const scrape = async (member: MemberProcess) => (await fetch(`${member.clientUrl}/metrics`)).text();

test('a member tells what etcd tells, and what it does not tell is named', { timeout: 60_000 }, async (t) => {
  const members = startCluster(t, { net: '127.21.51' });
  const leader = await findLeader(members);
  await leader.put('a', 'b');
  const text = await scrape(leader);
  assert.ok(facts.length > 100, String(facts.length));
  for (const [name, type] of facts) {
    if (type === '-') assert.doesNotMatch(text, new RegExp(`^# TYPE ${name} `, 'm'), name);
    else assert.match(text, new RegExp(`^# TYPE ${name} ${type}$`, 'm'), name);
  }
});

test('what happens on disk and between members is counted', { timeout: 60_000 }, async (t) => {
  const members = startCluster(t, { net: '127.21.52' });
  const leader = await findLeader(members);
  for (let i = 0; i < 20; i++) await leader.put('a', 'x'.repeat(1_000));
  assert.ok((await leader.metric('etcd_disk_wal_write_bytes_total')) > 20_000);
  assert.ok((await leader.metric('etcd_disk_wal_fsync_duration_seconds_count')) > 10);
  assert.ok((await leader.metric('etcd_server_proposals_committed_total')) > 20);
  const follower = members.find((member) => member !== leader) as MemberProcess;
  await eventually(async () => assert.ok((await follower.metric('etcd_disk_backend_commit_duration_seconds_count')) > 0));
  const received = [...(await scrape(follower)).matchAll(/^etcd_network_peer_received_bytes_total\{From="\w+"\} (\d+)$/gm)];
  assert.equal(received.length, 2);
  assert.ok(received.some(([, bytes]) => Number(bytes) > 20_000));
  for (const quiet of ['slow_apply_total', 'read_indexes_failed_total', 'snapshot_apply_in_progress_total']) {
    assert.equal(await leader.metric(`etcd_server_${quiet}`), 0, quiet);
  }
});
