import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { serveForTest, testTls } from '../serve-for-test.test.js';
import { etcdFound, startEtcd } from '../start-etcd.test.js';

/*
 * A story of etcdctl commands, told to a real etcd and to our store: what is printed has to be the same, word for word.
 */

const environment = { ...process.env, ETCDCTL_API: '3', ETCDCTL_COMMAND_TIMEOUT: '20s' };
const found = spawnSync('etcdctl', ['version'], { env: environment }).status === 0;
const options = { timeout: 120_000, skip: found ? false : 'etcdctl is not installed' };
const file = fileURLToPath(new URL('../../../testdata/auth.txt', import.meta.url));

test('etcdctl tells our store about users and roles', options, async () => {
  const ours = await serveForTest();
  try {
    assert.equal(await tell(ours.url), readFileSync(file, 'utf8'));
  } finally {
    await ours.close();
  }
});

test('etcdctl tells etcd the same', { ...options, skip: found && etcdFound ? false : 'etcd is not installed' }, async () => {
  const etcd = await startEtcd();
  try {
    const told = await tell(etcd.url);
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(file, told);
    else assert.equal(told, readFileSync(file, 'utf8'));
  } finally {
    await etcd.stop();
  }
});

test('etcdctl is who its certificate names, unless it signs in', options, async () => {
  const ours = await serveForTest({ tls: true });
  const { ca, client } = testTls();
  const certificate = ['--cacert', ca.certFile, '--cert', client.certFile, '--key', client.keyFile];
  const etcdctl = async (...args: string[]) => (await etcdctlAt(ours.url, [...certificate, ...args], '')).join('\n');
  try {
    await etcdctl('user', 'add', 'root:pw');
    await etcdctl('user', 'add', 'test client', '--no-password');
    await etcdctl('role', 'add', 'own');
    await etcdctl('role', 'grant-permission', 'own', 'readwrite', 'own/', '--prefix');
    await etcdctl('user', 'grant-role', 'test client', 'own');
    assert.equal(await etcdctl('auth', 'enable'), 'Authentication Enabled');
    assert.equal(await etcdctl('put', 'own/1', 'one'), 'OK');
    assert.equal(await etcdctl('get', 'own/', '--prefix'), 'own/1\none');
    assert.equal(await etcdctl('get', 'other'), 'Error: etcdserver: permission denied');
    assert.equal(await etcdctl('user', 'list'), 'Error: etcdserver: permission denied');
    assert.match(await etcdctl('watch', 'other'), /^watch was canceled \(rpc error: code = PermissionDenied desc = /);
    assert.equal(await etcdctl('--user', 'root:pw', 'get', 'other'), '');
    assert.equal(await etcdctl('--user', 'root:pw', 'user', 'list'), 'root\ntest client');
  } finally {
    await ours.close();
  }
});

/** Runs the lines that start with `$`, and puts what was printed in place of what follows them. */
async function tell(url: string): Promise<string> {
  const out: string[] = [];
  let printed = false;
  for (const line of readFileSync(file, 'utf8').trimEnd().split('\n')) {
    if (line.startsWith('#') && printed) out.push('');
    printed = line.startsWith('$') || (printed && !line.startsWith('#'));
    if (line.startsWith('$')) out.push(line, ...(await run(url, line.slice(2))));
    else if (!printed) out.push(line);
  }
  return `${out.join('\n')}\n`;
}

/** `args < input`, where \n ends a line. */
function run(url: string, line: string): Promise<string[]> {
  const [command = '', input = ''] = line.split(' < ');
  const args = command.split(' ').map((arg) => (arg === '""' ? '' : arg));
  return etcdctlAt(url, args, input.replaceAll('\\n', '\n'));
}

/** @returns the lines that it printed, but for its log */
function etcdctlAt(url: string, args: readonly string[], input: string): Promise<string[]> {
  return new Promise((resolve) => {
    const child = execFile('etcdctl', ['--endpoints', url, ...args], { env: environment }, (_error, stdout, stderr) => {
      const complaints = stderr.split('\n').filter((text) => text !== '' && !text.startsWith('{"level"'));
      resolve([...(stdout === '' ? [] : stdout.replace(/\n$/, '').split('\n')), ...complaints]);
    });
    child.stdin?.end(input);
  });
}
