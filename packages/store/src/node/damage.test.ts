import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { eventually, findLeader, type MemberProcess, startCluster } from './process-cluster.test.js';

const info = ['--log-level', 'info'];

async function twoAndOne(t: TestContext, net: string, flags: readonly string[] = []) {
  const members = startCluster(t, { net, flags: [...info, ...flags] });
  const leader = await findLeader(members);
  const victim = members.find((member) => member !== leader);
  assert(victim !== undefined);
  return { members, leader, victim };
}

async function fill(member: MemberProcess, count: number): Promise<void> {
  await Promise.all(Array.from({ length: count }, (_, i) => member.put(`key-${i}`, `value-${i}`)));
}

/** Changes one bit of the last place in a folder's files where `text` stands. */
function flipBit(folder: string, text: string): string {
  for (const name of readdirSync(folder).sort().reverse()) {
    const path = join(folder, name);
    const bytes = name === 'reserve' ? Buffer.alloc(0) : readFileSync(path);
    const at = bytes.lastIndexOf(text);
    if (at < 0) continue;
    bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
    writeFileSync(path, bytes);
    return name;
  }
  throw new Error(`${text} is nowhere in ${folder}`);
}

/** Stops it with all of its state in tables: at its start LevelDB moves what its log has there. */
async function restAsTables(member: MemberProcess): Promise<void> {
  await member.stop('SIGTERM');
  member.start();
  await eventually(() => member.get('key-0'));
  await member.stop('SIGTERM');
}

/** It has everything that the others have, byte for byte, and counts again in elections if for a while it did not. */
async function assertHealed(members: readonly MemberProcess[], victim: MemberProcess): Promise<void> {
  const hashes = await eventually(async () => {
    const { header } = await victim.call('/v3/kv/range', { key: 'AA==' });
    const { revision } = header as { revision: string };
    const answers = await Promise.all(members.map((member) => member.call('/v3/maintenance/hash', { revision })));
    return answers.map(({ hash }) => hash);
  });
  assert.deepEqual(new Set(hashes).size, 1, hashes.join());
  if (victim.output.includes('not voting')) await eventually(async () => assert.match(victim.output, /voting again/));
}

test('a damaged record of the log is named, and what was in it comes back from the others', async (t) => {
  const { members, leader, victim } = await twoAndOne(t, '127.21.31');
  await fill(leader, 50);
  await eventually(async () => assert.equal(await victim.get('key-49'), 'value-49'));
  await victim.stop('SIGKILL');
  const file = flipBit(join(victim.dataDir, 'member', 'wal'), 'value-');
  await leader.put('later', 'on');
  victim.start();
  await assertHealed(members, victim);
  assert.ok(victim.output.includes(`"file":"${file}"`), victim.output);
  assert.match(victim.output, /the write-ahead log is damaged/);
  assert.equal(await victim.get('later'), 'on');
});

test('a damaged first record of the log does not cost the member its name', async (t) => {
  const { members, leader, victim } = await twoAndOne(t, '127.21.37');
  await fill(leader, 20);
  await eventually(async () => assert.equal(await victim.get('key-19'), 'value-19'));
  await victim.stop('SIGKILL');
  flipBit(join(victim.dataDir, 'member', 'wal'), '"clusterId"');
  await leader.put('later', 'on');
  victim.start();
  await assertHealed(members, victim);
  assert.match(victim.output, /the write-ahead log is damaged/);
  assert.equal(await victim.get('later'), 'on');
});

test('a damaged database is noticed at the start, and the state comes back from the others', async (t) => {
  const { members, leader, victim } = await twoAndOne(t, '127.21.32');
  await fill(leader, 50);
  await eventually(async () => assert.equal(await victim.get('key-49'), 'value-49'));
  await restAsTables(victim);
  flipBit(join(victim.dataDir, 'member', 'db'), 'value-');
  victim.start();
  await assertHealed(members, victim);
  assert.match(victim.output, /the database is damaged/);
  assert.match(victim.output, /not voting until the other members have given back what was lost/);
  assert.equal(await victim.get('key-7'), 'value-7');
});

test('with nobody to ask, a damaged member refuses to serve', async (t) => {
  const [alone] = startCluster(t, { net: '127.21.33', size: 1, flags: info });
  assert(alone !== undefined);
  await eventually(() => fill(alone, 20));
  await restAsTables(alone);
  flipBit(join(alone.dataDir, 'member', 'db'), 'value-');
  alone.start();
  const { code, stderr } = await alone.untilExit();
  assert.equal(code, 1, stderr);
  assert.match(stderr, /is damaged, and no other member can give back what is lost: restore it from a snapshot/);
});

test('--force-new-cluster: what is left of a cluster goes on alone with everything it has, and others may join', async (t) => {
  const { members, leader, victim: survivor } = await twoAndOne(t, '127.21.34');
  await fill(leader, 50);
  await eventually(async () => assert.equal(await survivor.get('key-49'), 'value-49'));
  await Promise.all(members.map((member) => member.stop('SIGKILL')));
  survivor.start('--force-new-cluster');
  await eventually(() => survivor.put('alone', 'yes'));
  assert.equal(await survivor.get('key-49'), 'value-49');
  const list = (await survivor.call('/v3/cluster/member/list', {}))['members'] as { peerURLs: string[] }[];
  assert.equal(list.length, 1);
  await survivor.stop('SIGTERM');
  survivor.start();
  await eventually(async () => assert.equal(await survivor.get('alone'), 'yes'));
});
