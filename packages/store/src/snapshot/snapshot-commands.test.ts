import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, before } from 'node:test';
import { encodeCommand } from '@flotilla/mvcc';
import { serveForTest, testTls } from '../server/serve-for-test.test.js';
import { humanBytes } from './snapshot-status.js';

const program = `
  const { runDaemon } = await import('@flotilla/process');
  const { daemon } = await import('@flotilla/store/main');
  await runDaemon(daemon, process.argv.slice(1));
`;

/** Runs `flotilla store snapshot …`. @returns what it printed; rejects with what it complained of */
async function snapshot(...args: string[]): Promise<string> {
  const flags = ['--input-type=module', '-e', program, '--', 'snapshot', ...args];
  const child = spawn(process.execPath, flags, { cwd: new URL('../..', import.meta.url), stdio: ['ignore', 'pipe', 'pipe'] });
  let [out, err] = ['', ''];
  child.stdout.on('data', (part: Buffer) => (out += part.toString()));
  child.stderr.on('data', (part: Buffer) => (err += part.toString()));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(err.trimEnd());
  assert.equal(err, '');
  return out;
}

let server: Awaited<ReturnType<typeof serveForTest>>;
let folder: string;
before(async () => {
  server = await serveForTest({ tls: true });
  for (let i = 0; i < 100; i++) {
    const put = { key: Buffer.from(`k${i}`), value: Buffer.alloc(10_000) };
    await server.member.propose(encodeCommand({ put }));
  }
  folder = mkdtempSync(join(tmpdir(), 'flotilla-snapshot-'));
});
after(async () => {
  rmSync(folder, { recursive: true });
  await server.close();
});

const tls = () => {
  const { ca, client } = testTls();
  return ['--cacert', ca.certFile, '--cert', client.certFile, '--key', client.keyFile];
};

test('save, then status in every format', { timeout: 60_000 }, async () => {
  const file = join(folder, 'saved');
  assert.equal(await snapshot('save', file, '--endpoints', server.url, ...tls()), `Snapshot saved at ${file}\n`);
  assert.match(await snapshot('status', file), /^[0-9a-f]{1,8}, 101, 101, 1\.0 MB\n$/);
  const json = JSON.parse(await snapshot('status', file, '-w', 'json')) as Record<string, number>;
  assert.deepEqual({ ...json, hash: 0 }, { hash: 0, revision: 101, totalKey: 101, totalSize: readFileSync(file).length - 32 });
  const fields = await snapshot('status', file, '--write-out', 'fields');
  assert.match(fields, /^"Hash" : \d+\n"Revision" : 101\n"Keys" : 101\n"Size" : \d+\n$/);
  const lines = (await snapshot('status', file, '-w', 'table')).split('\n');
  assert.equal(lines[1], '|   HASH   | REVISION | TOTAL KEYS | TOTAL SIZE |');
  assert.match(lines[3] ?? '', /^\| +[0-9a-f]+ \| {6}101 \| {8}101 \| {5}1\.0 MB \|$/);
});

test('what is refused, and in which words', { timeout: 60_000 }, async () => {
  const file = join(folder, 'saved-too');
  await snapshot('save', file, '--endpoints', server.url, ...tls());
  const damaged = join(folder, 'damaged');
  const bytes = readFileSync(file);
  bytes.writeUInt8(bytes.readUInt8(5_000) ^ 1, 5_000);
  writeFileSync(damaged, bytes);
  writeFileSync(join(folder, 'other'), 'something else');
  for (const [args, message] of [
    [['status', join(folder, 'nowhere')], /^Error: open .*nowhere: no such file or directory$/],
    [['status', damaged], /^Error: expected sha256 \[.*\], got \[.*\]$/],
    [['status', join(folder, 'other')], /^Error: snapshot missing hash but --skip-hash-check=false$/],
    [['status'], /missing required argument 'filename'/],
    [
      ['save', join(folder, 'no', 'where'), '--endpoints', server.url, ...tls()],
      /^Error: open .*where\.part: no such file or directory$/,
    ],
    [
      ['save', file, '--endpoints', 'a:1,b:2'],
      /^Error: snapshot must be requested to one selected node, not multiple \[a:1 b:2\]$/,
    ],
    [
      ['save', file, '--endpoints', '127.0.0.1:1'],
      /^Error: could not fetch the snapshot from http:\/\/127\.0\.0\.1:1: connect ECONNREFUSED/,
    ],
    [['save', file, '--endpoints', server.url], /^Error: could not fetch the snapshot from https:.*self.signed certificate/],
    [['save', file, '--cacert', '/nowhere.crt'], /^Error: .*nowhere\.crt/],
  ] as const) {
    await assert.rejects(snapshot(...args), { message }, args.join(' '));
  }
});

test('a stream that breaks off, or tells of an error, leaves no file', { timeout: 60_000 }, async (t) => {
  let answer = '';
  const liar = createServer((_request, response) => void response.end(answer));
  t.after(() => liar.close());
  liar.listen(0, '127.0.0.1');
  await once(liar, 'listening');
  const url = `http://127.0.0.1:${(liar.address() as AddressInfo).port}`;
  const before = readdirSync(folder);
  for (const [lines, message] of [
    [`{"result":{"blob":"${Buffer.alloc(1_000).toString('base64')}"}}\n`, /^Error: snapshot missing hash/],
    [
      '{"error":{"message":"etcdserver: no leader"}}\n',
      /^Error: could not fetch the snapshot from http:.*: etcdserver: no leader$/,
    ],
  ] as const) {
    answer = lines;
    await assert.rejects(snapshot('save', join(folder, 'broken'), '--endpoints', url), { message });
    assert.deepEqual(readdirSync(folder), before);
  }
});

test('sizes as people read them', () => {
  for (const [bytes, text] of [
    [0, '0 B'],
    [9, '9 B'],
    [512, '512 B'],
    [1_000, '1.0 kB'],
    [20_480, '20 kB'],
    [1_421_312, '1.4 MB'],
    [987_654_321, '988 MB'],
    [5_000_000_000_000, '5.0 TB'],
  ] as const) {
    assert.equal(humanBytes(bytes), text);
  }
});
