import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { silentLogger } from '@flotilla/base';
import { systemClock, systemRandom } from '@flotilla/process';
import type { ProcessSpec } from '../topology/process-spec.js';
import { endLeftovers } from './leftovers.js';
import { ManagedProcess } from './managed-process.js';
import { roleIn } from './prober.js';
import { identify, isAlive, signalProcess } from './process-identity.js';

function manage(t: TestContext, script: string) {
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-'));
  const spec: ProcessSpec = {
    name: 'p',
    component: script,
    host: 'h',
    args: [],
    address: '',
    health: { url: '', path: '' },
    stage: 0,
  };
  const logFile = join(folder, 'log');
  const deps = { clock: systemClock, random: systemRandom, log: silentLogger, logFile, pidFile: join(folder, 'p.pid') };
  const managed = new ManagedProcess(spec, { ...deps, command: [process.execPath, '-e'] });
  t.after(async () => {
    await managed.stop();
    rmSync(folder, { recursive: true });
  });
  return { managed, folder, logFile };
}

async function until(what: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 10_000; !what(); ) {
    assert.ok(Date.now() < deadline, `never: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test('a process that dies is started again, and one that is stopped is not', async (t) => {
  const { managed, folder, logFile } = manage(t, 'console.log("up"); setInterval(() => {}, 1000)');
  managed.start();
  const first = managed.pid;
  assert.ok(first !== undefined && existsSync(join(folder, 'p.pid')));
  await until(() => readFileSync(logFile, 'utf8') === 'up\n');
  process.kill(first, 'SIGKILL');
  await until(() => managed.restarts === 1 && managed.pid !== undefined && managed.pid !== first);
  await until(() => readFileSync(logFile, 'utf8') === 'up\nup\n');
  await managed.stop();
  assert.equal(managed.pid, undefined);
  assert.equal(existsSync(join(folder, 'p.pid')), false);
  managed.start();
  assert.notEqual(managed.pid, undefined);
  assert.equal(managed.restarts, 1, 'an asked-for start is no restart');
});

test('what an earlier supervisor left running is ended, and a reused pid is not', async (t) => {
  const { managed, folder } = manage(t, 'setInterval(() => {}, 1000)');
  managed.start();
  const identity = identify(managed.pid ?? 0);
  assert.ok(identity !== undefined && isAlive(identity));
  assert.equal(signalProcess({ ...identity, startTicks: identity.startTicks + 1 }, 'SIGKILL'), false);
  writeFileSync(join(folder, 'other.pid'), JSON.stringify({ pid: process.pid, startTicks: 1 }));
  writeFileSync(join(folder, 'torn.pid'), '{"pid":');
  const pidFile = readFileSync(join(folder, 'p.pid'), 'utf8');
  const ended = endLeftovers(folder, systemClock);
  await managed.stop();
  assert.equal(await ended, 1);
  assert.equal(isAlive(JSON.parse(pidFile)), false);
});

test('roles are read from metrics', () => {
  for (const [component, metrics, role] of [
    ['store', 'etcd_server_is_leader 1\n', 'leader'],
    ['store', '# HELP etcd_server_is_leader x\netcd_server_is_leader 0\n', 'follower'],
    ['store', '', ''],
    ['scheduler', 'leader_election_master_status{name="kube-scheduler"} 1\n', 'leader'],
    ['scheduler', 'leader_election_master_status{name="kube-scheduler"} 0\n', 'standby'],
  ] as const) {
    assert.equal(roleIn(component, metrics), role, metrics);
  }
});

test('a restart that cannot open its files is tried again, and does not end the supervisor', { timeout: 20_000 }, async (t) => {
  const { managed, folder } = manage(t, 'setInterval(() => {}, 1_000)');
  managed.start();
  const { pid } = managed;
  assert.ok(pid !== undefined);
  rmSync(folder, { recursive: true });
  process.kill(pid, 'SIGKILL');
  await until(() => managed.restarts >= 1);
  mkdirSync(folder);
  await until(() => managed.pid !== undefined);
});
