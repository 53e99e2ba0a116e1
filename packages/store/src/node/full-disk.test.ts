import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { eventually, findLeader, type MemberProcess, startCluster } from './process-cluster.test.js';

/** A cluster whose first member has a disk of its own, of `mebibytes`. */
function startOnSmallDisk(t: TestContext, mebibytes: number, net: string, size: number) {
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-full-'));
  const disk = join(folder, 'n1');
  mkdirSync(disk);
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', disk]);
  const members = startCluster(t, { net, size, flags: ['--log-level', 'info'], folder });
  t.after(() => {
    execFileSync('umount', [disk]);
    rmSync(folder, { recursive: true });
  });
  return { members, disk };
}

function freeBytes(disk: string): number {
  const { bavail, bsize } = statfsSync(disk);
  return bavail * bsize;
}

async function disarm(member: MemberProcess): Promise<void> {
  const { alarms } = await member.call('/v3/maintenance/alarm', { action: 'GET' });
  for (const alarm of alarms as object[]) await member.call('/v3/maintenance/alarm', { action: 'DEACTIVATE', ...alarm });
}

test('a full disk raises NOSPACE, keeps reads, loses nothing, and is over when there is room', async (t) => {
  const { members, disk } = startOnSmallDisk(t, 160, '127.21.35', 3);
  const [full, other] = members;
  assert(full !== undefined && other !== undefined);
  await findLeader(members);
  writeFileSync(join(disk, 'filler'), Buffer.alloc(freeBytes(disk) - 2_000_000));
  const acknowledged: string[] = [];
  const big = (key: string) => key.repeat(20_000);
  await assert.rejects(async () => {
    for (let i = 0; i < 1_000; i++) {
      await other.put(`big-${i}`, big(`big-${i}`));
      acknowledged.push(`big-${i}`);
    }
  }, /etcdserver: mvcc: database space exceeded/);
  assert.match(full.output, /the disk is full/);
  for (const member of members) assert.equal(await member.get('big-0'), big('big-0'));
  rmSync(join(disk, 'filler'));
  await disarm(other);
  await eventually(async () => {
    await full.put('after', 'all');
    assert.match(full.output, /there is room on the disk again/);
  });
  for (const key of acknowledged) assert.equal(await full.get(key), big(key));
});

test('on a small disk the log leaves room for data, and what is done against NOSPACE makes some', {
  timeout: 120_000,
}, async (t) => {
  const { members, disk } = startOnSmallDisk(t, 128, '127.21.38', 1);
  const [alone] = members;
  assert(alone !== undefined);
  await findLeader([alone]);
  const value = randomBytes(600_000).toString('base64'); // what LevelDB cannot compress
  let puts = 0;
  await assert.rejects(async () => {
    for (; puts < 1_000; puts++) await alone.put(`k${puts % 10}`, value, 60_000);
  }, /database space exceeded/);
  assert.ok(puts > 40, `${puts} puts of 800 kB found room on 128 MiB`);
  const { header } = await alone.call('/v3/kv/range', { key: 'YQ==' });
  await alone.call('/v3/kv/compaction', { revision: (header as { revision: string }).revision, physical: true });
  await alone.call('/v3/maintenance/defragment', {}, 60_000);
  assert.ok(freeBytes(disk) > 64 * 1_048_576, `${freeBytes(disk)} bytes are free`);
  await disarm(alone);
  await alone.put('after', 'all');
  assert.equal(await alone.get('k7'), value);
});
