import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { encodeCommand } from '@flotilla/mvcc';
import { eventually, MemberProcess, startCluster } from '../node/process-cluster.test.js';
import { LoneMember } from '../server/lone-member.js';
import { encodeSnapshot } from './encode-snapshot.js';
import { writeSnapshotFile } from './snapshot-file.js';

const program = `
  const { runDaemon } = await import('@flotilla/process');
  const { daemon } = await import('@flotilla/store/main');
  await runDaemon(daemon, process.argv.slice(1));
`;

/** Runs `flotilla store snapshot …`. */
function snapshot(...args: string[]): { readonly status: number | null; readonly out: string; readonly err: string } {
  const flags = ['--input-type=module', '-e', program, '--', 'snapshot', ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, flags, {
    cwd: new URL('../..', import.meta.url),
    encoding: 'utf8',
  });
  return { status, out: stdout, err: stderr.trimEnd() };
}

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-restore-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

test('three members lost, three made from a snapshot: revisions, leases and users are there, and it goes on', {
  timeout: 90_000,
}, async (t) => {
  const old = startCluster(t, { net: '127.21.31' });
  const [first] = old as [MemberProcess];
  await eventually(() => first.put('a', 'one'));
  await first.put('a', 'two');
  await first.call('/v3/lease/grant', { TTL: '3600', ID: '77' });
  await first.call('/v3/kv/put', { key: 'bGVhc2Vk', value: 'eA==', lease: '77' });
  await first.call('/v3/kv/compaction', { revision: '3' });
  await first.call('/v3/auth/user/add', { name: 'alice', password: 'secret' });
  const folder = folderFor(t);
  const file = join(folder, 'snapshot');
  const saved = snapshot('save', file, '--endpoints', first.clientUrl);
  assert.equal(saved.status, 0, saved.err);
  await first.put('a', 'too late');
  await Promise.all(old.map((member) => member.stop()));

  const peer = (i: number) => `http://127.21.32.${i}:2380`;
  const cluster = [
    '--initial-cluster',
    [1, 2, 3].map((i) => `m${i}=${peer(i)}`).join(','),
    '--initial-cluster-token',
    'second life',
  ];
  const members = [1, 2, 3].map((i) => {
    const dataDir = join(folder, `m${i}`);
    const flags = ['--name', `m${i}`, '--data-dir', dataDir, ...cluster, '--initial-advertise-peer-urls', peer(i)];
    const { status, out, err } = snapshot('restore', file, ...flags);
    assert.equal(status, 0, err);
    assert.match(out, new RegExp(`^Snapshot restored to ${dataDir}: member [0-9a-f]+ of cluster [0-9a-f]+, revision 4\n$`));
    const clientUrl = `http://127.21.32.${i}:2379`;
    const listen = ['--listen-client-urls', clientUrl, '--listen-peer-urls', peer(i)];
    return new MemberProcess(clientUrl, [...flags, ...listen, '--log-level', 'error']);
  });
  t.after(() => Promise.all(members.map((member) => member.stop())));
  for (const member of members) member.start();
  const [one, two] = members as [MemberProcess, MemberProcess];
  assert.equal(await eventually(() => one.get('a')), 'two');
  const { kvs } = await two.call('/v3/kv/range', { key: 'YQ==' });
  const [kv] = kvs as [Record<string, string>];
  assert.deepEqual([kv['create_revision'], kv['mod_revision'], kv['version']], ['2', '3', '2']);
  await assert.rejects(two.call('/v3/kv/range', { key: 'YQ==', revision: '2' }), /has been compacted/);
  const { grantedTTL, keys } = await two.call('/v3/lease/timetolive', { ID: '77', keys: true });
  assert.deepEqual([grantedTTL, keys], ['3600', ['bGVhc2Vk']]);
  assert.deepEqual((await one.call('/v3/auth/user/list', {}))['users'], ['alice']);
  const list = (await one.call('/v3/cluster/member/list', {}))['members'] as { name: string; peerURLs: string[] }[];
  assert.deepEqual(list.map(({ name }) => name).sort(), ['m1', 'm2', 'm3']);
  await one.put('b', 'new');
  assert.equal(await two.get('b'), 'new');
  const hashes = await eventually(async () => {
    const found = await Promise.all(members.map(async (member) => (await member.call('/v3/maintenance/hash', {}))['hash']));
    assert.equal(new Set(found).size, 1);
    return found;
  });
  assert.equal(hashes.length, 3);
  await Promise.all(members.map((member) => member.stop()));
  for (const member of members) member.start();
  assert.equal(await eventually(() => one.get('b')), 'new');
});

test('restore refuses in etcdutl’s words, and leaves nothing behind', { timeout: 60_000 }, async (t) => {
  const folder = folderFor(t);
  const member = new LoneMember();
  for (let i = 0; i < 50; i++) {
    await member.propose(encodeCommand({ put: { key: Buffer.from(`k${i}`), value: Buffer.alloc(1_000, i) } }));
  }
  const file = join(folder, 'file');
  await writeSnapshotFile(file, (await encodeSnapshot(member)).blobs);
  const whole = readFileSync(file);
  const damaged = join(folder, 'damaged');
  const flipped = Buffer.from(whole);
  flipped.writeUInt8(flipped.readUInt8(20_000) ^ 1, 20_000);
  writeFileSync(damaged, flipped);
  const cut = join(folder, 'cut');
  writeFileSync(cut, whole.subarray(0, 10_000));
  const bare = join(folder, 'bare');
  writeFileSync(bare, whole.subarray(0, whole.length - 32));
  const full = join(folder, 'full');
  mkdirSync(full);
  writeFileSync(join(full, 'something'), '');
  const target = join(folder, 'target');
  const to = (dir: string) => ['--data-dir', dir];
  for (const [args, message] of [
    [[file, ...to(full)], /^Error: data-dir ".*full" not empty or could not be read$/],
    [[file, ...to(file)], /^Error: data-dir ".*file" not empty or could not be read$/],
    [[damaged, ...to(target)], /^Error: expected sha256 \[.*\], got \[.*\]$/],
    [[bare, ...to(target)], /^Error: snapshot missing hash but --skip-hash-check=false$/],
    [[cut, ...to(target)], /^Error: snapshot missing hash but --skip-hash-check=false$/],
    [[cut, ...to(target), '--skip-hash-check'], /^Error: unexpected EOF: the snapshot is not whole$/],
    [[join(folder, 'nowhere'), ...to(target)], /^Error: open .*nowhere: no such file or directory$/],
    [
      [file, ...to(target), '--name', 'x', '--initial-cluster', 'y=http://a:1'],
      /^Error: couldn't find local name "x" in the initial cluster configuration$/,
    ],
    [
      [file, ...to(target), '--initial-cluster', 'default=http://a:1'],
      /^Error: --initial-cluster has default=http:\/\/a:1 but missing from --initial-advertise-peer-urls=http:\/\/localhost:2380$/,
    ],
  ] as const) {
    const { status, err } = snapshot('restore', ...args);
    assert.equal(status, 1, args.join(' '));
    assert.match(err, message);
    assert.ok(!existsSync(target), args.join(' '));
  }
  assert.deepEqual(readdirSync(folder).sort(), ['bare', 'cut', 'damaged', 'file', 'full']);
  const skipped = snapshot('restore', bare, ...to(target), '--skip-hash-check');
  assert.equal(skipped.status, 0, skipped.err);
  assert.ok(existsSync(target));
});
