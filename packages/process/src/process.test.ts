import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { silentLogger } from '@flotilla/base';
import { Command } from 'commander';
import { applyConfigFile } from './config-file.js';
import {
  booleanFlag,
  ConfigError,
  createMetrics,
  durationFlag,
  integerFlag,
  listFlag,
  parseDuration,
  runChecks,
  serveHealth,
} from './index.js';

test('durations read as Go reads them', () => {
  for (const [text, ms] of [
    ['0', 0],
    ['15s', 15_000],
    ['1m30s', 90_000],
    ['1.5h', 5_400_000],
    ['250ms', 250],
    ['-2s', -2_000],
  ] as const) {
    assert.equal(parseDuration(text), ms, text);
  }
  for (const bad of ['', '5', 's', '1x', '1m 2s', '--1s']) assert.throws(() => parseDuration(bad), RangeError, bad);
});

function flags(): Command {
  const command = new Command('x').exitOverride().configureOutput({ writeErr: () => {} });
  booleanFlag(command, 'leader-elect', 'elect', true);
  durationFlag(command, 'node-monitor-period', 'period', '5s');
  integerFlag(command, 'max-pods', 'pods', 110, { min: 1 });
  listFlag(command, 'etcd-servers', 'stores');
  return command;
}

test('flags parse as Kubernetes’ components take them', () => {
  const parsed = flags().parse(
    ['--leader-elect=false', '--node-monitor-period', '1m', '--max-pods=5', '--etcd-servers', 'a,b', '--etcd-servers=c'],
    { from: 'user' },
  );
  assert.deepEqual(parsed.opts(), { leaderElect: false, nodeMonitorPeriod: 60_000, maxPods: 5, etcdServers: ['a', 'b', 'c'] });
  assert.deepEqual(flags().parse([], { from: 'user' }).opts(), {
    leaderElect: true,
    nodeMonitorPeriod: 5_000,
    maxPods: 110,
    etcdServers: [],
  });
  for (const bad of ['--leader-elect=maybe', '--node-monitor-period=5', '--max-pods=0', '--max-pods=1.5', '--nope']) {
    assert.throws(() => flags().parse([bad], { from: 'user' }), bad);
  }
});

test('a config file fills in what the command line left out, and refuses what it does not know', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'config.yaml');
  const read = async (yaml: string) => {
    writeFileSync(file, yaml);
    const command = flags().parse(['--max-pods=7'], { from: 'user' });
    await applyConfigFile(command, file);
    return command.opts();
  };
  assert.deepEqual(await read('max-pods: 9\nnodeMonitorPeriod: 2s\netcd-servers: [x, y]\nleader-elect: false\n'), {
    leaderElect: false,
    nodeMonitorPeriod: 2_000,
    maxPods: 7,
    etcdServers: ['x', 'y'],
  });
  for (const bad of ['unknown: 1', 'node-monitor-period: soon', '- a list', 'a: ['])
    await assert.rejects(read(bad), ConfigError, bad);
});

test('health endpoints tell all checks, one check, and metrics', async (t) => {
  let broken = false;
  const health = await serveHealth({
    address: '127.0.0.1',
    port: 0,
    checks: {
      informers: () => {
        if (broken) throw new Error('not synced');
      },
    },
    metrics: createMetrics(),
    log: silentLogger,
  });
  t.after(() => health.close());
  const get = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${health.port}${path}`);
    return { code: response.status, text: await response.text() };
  };
  assert.deepEqual(await get('/readyz'), { code: 200, text: 'ok' });
  assert.deepEqual(await get('/livez?verbose'), { code: 200, text: '[+]ping ok\n[+]informers ok\nlivez check passed\n' });
  assert.equal((await get('/readyz/nope')).code, 404);
  assert.equal((await get('/')).code, 404);
  assert.equal((await get('//')).code, 404);
  assert.equal((await get('//healthz')).code, 404);
  assert.match((await get('/metrics')).text, /process_resident_memory_bytes \d+/);
  broken = true;
  assert.deepEqual(await get('/healthz/informers'), {
    code: 500,
    text: 'internal server error: not synced\n',
  });
  assert.deepEqual(await get('/healthz'), {
    code: 500,
    text: '[+]ping ok\n[-]informers failed: reason withheld\nhealthz check failed\n',
  });
  assert.equal((await get('/healthz/ping')).code, 200);
  assert.equal((await get('/healthz/constructor')).code, 404);
  assert.deepEqual(await get('/healthz?exclude=informers'), { code: 200, text: 'ok' });
  assert.deepEqual(await get('/readyz?verbose&exclude=x&exclude=informers&exclude=a'), {
    code: 200,
    text: '[+]ping ok\n[+]informers excluded: ok\nwarn: some health checks cannot be excluded: no matches for "a","x"\nreadyz check passed\n',
  });
});

test('health checks run at the same time', async () => {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const { code } = await runChecks({ waits: () => opened, opens: () => open() }, 'readyz', '', new URLSearchParams());
  assert.equal(code, 200);
});

test('a port that is taken is the operator’s to mend', async (t) => {
  const holder = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => holder.once('listening', resolve));
  t.after(() => holder.close());
  const { port } = holder.address() as { port: number };
  const options = { address: '127.0.0.1', port, checks: {}, metrics: createMetrics(), log: silentLogger };
  await assert.rejects(serveHealth(options), new ConfigError(`listen tcp 127.0.0.1:${port}: bind: address already in use`));
});

test('a daemon stops cleanly on SIGTERM, says one line for a mistake, and exits 2 for a bug', async () => {
  const run = (argv: string[], onOutput?: (text: string, pid: number) => void) =>
    new Promise<{ code: number | null; out: string; err: string }>((resolve) => {
      const child = spawn(process.execPath, [fileURLToPath(new URL('./sample-daemon.js', import.meta.url)), ...argv]);
      let out = '';
      let err = '';
      child.stdout.on('data', (chunk) => {
        out += chunk;
        onOutput?.(out, child.pid!);
      });
      child.stderr.on('data', (chunk) => {
        err += chunk;
      });
      child.on('close', (code) => resolve({ code, out, err }));
    });
  const stopped = await run([], (out, pid) => {
    if (out.includes('started')) process.kill(pid, 'SIGTERM');
  });
  assert.equal(stopped.code, 0);
  assert.match(stopped.out, /"level":"info".*"name":"sample".*"msg":"started"/);
  assert.match(stopped.out, /"signal":"SIGTERM".*"msg":"stopping"/);
  const mistaken = await run(['--fail=config']);
  assert.deepEqual([mistaken.code, mistaken.err], [1, 'Error: open /nowhere: no such file\n']);
  assert.equal((await run(['--fail=bug'])).code, 2);
  assert.equal((await run(['--no-such-flag'])).code, 1);
  assert.equal((await run(['--help'])).code, 0);
});
