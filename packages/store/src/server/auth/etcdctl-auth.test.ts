import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { serveForTest } from '../serve-for-test.test.js';
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

/** `args < input`, where \n ends a line. @returns the lines that etcdctl printed, but for its log */
function run(url: string, line: string): Promise<string[]> {
  const [command = '', input = ''] = line.split(' < ');
  const args = command.split(' ').map((arg) => (arg === '""' ? '' : arg));
  return new Promise((resolve) => {
    const child = execFile('etcdctl', ['--endpoints', url, ...args], { env: environment }, (_error, stdout, stderr) => {
      const complaints = stderr.split('\n').filter((text) => text !== '' && !text.startsWith('{"level"'));
      resolve([...(stdout === '' ? [] : stdout.replace(/\n$/, '').split('\n')), ...complaints]);
    });
    child.stdin?.end(input.replaceAll('\\n', '\n'));
  });
}
