import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { flotillaCommand } from '../../checkout.js';
import { ensureClusterPki } from '../../pki/cluster-pki.js';
import { StateDir } from '../../state-dir.js';
import { ControlClient } from '../../supervisor/control-client.js';
import { localCluster } from '../../topology/cluster.js';
import { stopCluster } from './index.js';

const timeout = 60_000;

/** A real supervisor, of a cluster without processes. */
async function supervise(t: TestContext): Promise<{ readonly state: StateDir; readonly supervisor: ChildProcess }> {
  const state = new StateDir(mkdtempSync(join(tmpdir(), 'flotilla-down-')));
  const options = { nodes: 1, controlPlanes: 1, apiPort: 1, clusterCidr: '127.10.0.0/16', controlPlaneCidr: '127.11.0.0/16' };
  const cluster = localCluster({ ...options, serviceCidr: '127.96.0.0/16' });
  await ensureClusterPki(state.pki, cluster, Date.now());
  state.save({ cluster, specs: [] });
  const [executable, ...leading] = flotillaCommand;
  const supervisor = spawn(executable, [...leading, 'supervise', '--state-dir', state.root], { stdio: 'inherit' });
  t.after(() => {
    supervisor.kill('SIGKILL');
    rmSync(state.root, { recursive: true, force: true });
    rmSync(state.sockets, { recursive: true, force: true });
  });
  while ((await new ControlClient(state.controlSocket).processes()) === undefined) {
    assert.equal(supervisor.exitCode, null);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return { state, supervisor };
}

test('a supervisor is found and stopped although its folder is gone', { timeout }, async (t) => {
  const { state, supervisor } = await supervise(t);
  const exited = once(supervisor, 'exit');
  rmSync(state.root, { recursive: true });
  assert.equal(await stopCluster(state), true);
  await exited;
  assert.equal(existsSync(state.root), false);
});

test('a torn or foreign pid file hides no supervisor', { timeout }, async (t) => {
  const { state, supervisor } = await supervise(t);
  const exited = once(supervisor, 'exit');
  writeFileSync(join(state.root, 'supervisor.pid'), '');
  assert.equal(state.loadSupervisor(), undefined);
  assert.equal(await stopCluster(state), true);
  await exited;
});

test('where nothing runs, stale pid files are no obstacle and nobody else is harmed', { timeout }, async (t) => {
  const state = new StateDir(mkdtempSync(join(tmpdir(), 'flotilla-down-')));
  t.after(() => rmSync(state.root, { recursive: true }));
  mkdirSync(state.pids);
  writeFileSync(join(state.root, 'supervisor.pid'), JSON.stringify({ pid: process.pid, startTicks: 1 }));
  writeFileSync(join(state.pids, 'store-1.pid'), '{"pid":');
  writeFileSync(join(state.pids, 'store-2.pid'), JSON.stringify({ pid: process.pid, startTicks: 1 }));
  state.saveSupervisor(2 ** 30);
  assert.equal(await stopCluster(state), false);
});
