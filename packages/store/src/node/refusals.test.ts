import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { eventually, MemberProcess } from './process-cluster.test.js';

const client = 'http://127.21.5.1:2379';
const peer = 'http://127.21.5.1:2380';
const listen = ['--listen-client-urls', client, '--listen-peer-urls', peer];

const refusals: readonly (readonly [string, readonly string[], RegExp])[] = [
  [
    'a cluster without this member',
    [...listen, '--initial-cluster', `n1=${peer}`],
    /couldn't find local name "default" in the initial cluster/,
  ],
  [
    'another advertised URL than the cluster’s',
    [...listen, '--initial-cluster', 'default=http://127.0.0.9:2380'],
    /missing from --initial-advertise-peer-urls/,
  ],
  ['a malformed cluster', [...listen, '--initial-cluster', 'nonsense'], /"nonsense" is not of the form name=url/],
  ['a URL that is none', ['--listen-peer-urls', 'nowhere'], /--listen-peer-urls: "nowhere" is not a URL/],
  ['a host name to bind to', ['--listen-peer-urls', 'http://example.com:2380'], /expected IP in URL for binding/],
  [
    'https without certificates',
    ['--listen-client-urls', 'https://127.21.5.1:2379'],
    /needs TLS, but --cert-file and --key-file are not given/,
  ],
  [
    'a certificate without its key',
    [...listen, '--cert-file', '/nowhere.crt'],
    /--cert-file and --key-file must both be present/,
  ],
  [
    'a certificate that is not there',
    ['--listen-peer-urls', 'https://127.21.5.1:2380', '--peer-cert-file', '/nowhere.crt', '--peer-key-file', '/nowhere.key'],
    /open \/nowhere\.crt: no such file or directory/,
  ],
  [
    'an election shorter than heartbeats allow',
    [...listen, '--heartbeat-interval', '500'],
    /--election-timeout\[1000ms\] should be at least/,
  ],
  ['a state that is none', [...listen, '--initial-cluster-state', 'old'], /unexpected value "old" for --initial-cluster-state/],
  ['a kind of token that it does not have', [...listen, '--auth-token', 'jwt,sign-method=RS256'], /auth: invalid auth options/],
  ['a data directory under a file', [...listen, '--data-dir', '/dev/null/data'], /cannot access data directory/],
];

async function refusal(flags: readonly string[]): Promise<string> {
  const member = new MemberProcess(client, ['--log-level', 'error', ...flags]);
  member.start();
  const { code, stderr } = await member.untilExit();
  assert.equal(code, 1, stderr);
  return stderr;
}

for (const [name, flags, expected] of refusals) {
  test(`refuses ${name}, in one line`, async () => {
    const line = (await refusal(flags)).split('\n').filter((text) => text.startsWith('Error: '));
    assert.equal(line.length, 1);
    assert.match(line[0] ?? '', expected);
  });
}

test('refuses a port that is taken, and a data directory of another cluster or in use', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-store-'));
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(2380, '127.21.5.2', resolve));
  const flags = ['--data-dir', join(folder, 'data'), ...listen];
  const member = new MemberProcess(client, ['--log-level', 'error', ...flags]);
  t.after(async () => {
    taken.close();
    await member.stop();
    rmSync(folder, { recursive: true });
  });
  const elsewhere = ['--data-dir', join(folder, 'other'), '--listen-client-urls', client];
  assert.match(
    await refusal([...elsewhere, '--listen-peer-urls', 'http://127.21.5.2:2380']),
    /listen tcp 127\.21\.5\.2:2380: bind: address already in use/,
  );
  member.start();
  await eventually(() => member.put('a', 'b'));
  assert.match(await refusal(flags), /is in use by another process/);
  await member.stop();
  assert.match(
    await refusal([...flags, '--initial-cluster-token', 'another']),
    /cluster ID mismatch: data directory .* belongs to cluster/,
  );
  writeFileSync(join(folder, 'file'), '');
  assert.match(await refusal([...listen, '--data-dir', join(folder, 'file')]), /cannot access data directory/);
});
