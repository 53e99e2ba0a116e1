import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError, systemClock } from '@flotilla/process';
import { flotillaCommand } from '../../checkout.js';
import { kubeconfigNames } from '../../pki/cluster-pki.js';
import { type SavedCluster, StateDir } from '../../state-dir.js';
import { ControlClient } from '../../supervisor/control-client.js';
import { localProcesses } from '../../topology/processes.js';
import { stopCluster } from '../down/index.js';
import type { Verb } from '../verb.js';
import { bringUp, nodesReady } from './bring-up.js';
import { runExample } from './example.js';
import { addUpOptions, readUpOptions, type UpOptions } from './options.js';
import { checkAddressesFree, checkWritable } from './preflight.js';
import { Progress } from './progress.js';
import { summary } from './summary.js';
import type { WaitContext } from './wait.js';

const interruptedExitCode = 130;

export const up: Verb = {
  name: 'up',
  description: 'Start a highly available cluster on this machine and run an example on it',
  options: addUpOptions,
  async run(_, given) {
    const options = readUpOptions(given);
    const state = new StateDir(options.stateDir);
    const control = new ControlClient(state.controlSocket);
    if ((await control.processes()) !== undefined) return alreadyUp(state);
    const interrupted = new AbortController();
    const interrupt = () => interrupted.abort(new Error('interrupted'));
    process.once('SIGINT', interrupt);
    process.once('SIGTERM', interrupt);
    try {
      await startCluster(options, state, control, interrupted.signal);
      return 0;
    } catch (error) {
      if (!interrupted.signal.aborted) throw error;
      console.log('Interrupted: stopping what was started …');
      await stopCluster(state);
      return interruptedExitCode;
    }
  },
};

function alreadyUp(state: StateDir): number {
  const saved = state.load();
  if (saved === undefined) throw new ConfigError(`a supervisor runs, but ${state.root} has no cluster; stop it first`);
  console.log('The cluster is already up.\n');
  console.log(summary(state, saved.cluster));
  return 0;
}

async function startCluster(options: UpOptions, state: StateDir, control: ControlClient, signal: AbortSignal): Promise<void> {
  const progress = new Progress(systemClock);
  checkWritable(state.root);
  const { cluster, specs } = await prepare(options, state, progress);
  await checkAddressesFree(specs);
  signal.throwIfAborted();
  spawnSupervisor(state);
  const context: WaitContext = { state, control, deadlineMs: systemClock.monotonicMs() + options.timeoutMs, signal };
  const client = await bringUp(context, cluster, progress);
  try {
    await nodesReady(context, client, cluster, progress);
    if (!options.bare) await runExample(context, client, cluster, progress);
  } finally {
    await client.close();
  }
  console.log(`\n${summary(state, cluster)}`);
}

/** Certificates, kubeconfigs and the saved topology: what is there stays. */
async function prepare(options: UpOptions, state: StateDir, progress: Progress): Promise<SavedCluster> {
  const before = state.load();
  if (before !== undefined) refuseOtherShape(before, options);
  const { ensureClusterPki } = await import('../../pki/cluster-pki.js');
  const { cluster } = options;
  const saved = { cluster, specs: localProcesses(cluster, state, options.extraArgs, options.statsPort) };
  const written = await ensureClusterPki(state.pki, cluster, systemClock.wallMs());
  copyFileSync(join(state.pki, kubeconfigNames.admin), state.kubeconfig);
  state.save(saved);
  progress.step(before === undefined ? `new cluster in ${state.root}` : `cluster found in ${state.root}`);
  if (written > 0) progress.step(`CA, certificates and kubeconfigs made (${written} files)`);
  return saved;
}

function refuseOtherShape(before: SavedCluster, options: UpOptions): void {
  const shape = ({ cluster }: { cluster: SavedCluster['cluster'] }) =>
    `${cluster.controlPlanes.map(({ address }) => address).join(' ')}, nodes ${cluster.nodes.map(({ address }) => address).join(' ')}, services ${cluster.serviceCidr}, store ${cluster.externalStore?.endpoints.join(' ')}`;
  if (shape(before) === shape(options)) return;
  throw new ConfigError(
    `${options.stateDir} holds a cluster of another shape (${before.cluster.controlPlanes.length} control planes, ${before.cluster.nodes.length} nodes); ` +
      'give the same flags, another --state-dir, or delete it with "flotilla down --wipe"',
  );
}

/** In a session of its own: Ctrl-C at the terminal does not reach the cluster. */
function spawnSupervisor(state: StateDir): void {
  mkdirSync(state.logs, { recursive: true, mode: 0o700 });
  const output = openSync(join(state.logs, 'supervisor.log'), 'a', 0o600);
  const [executable, ...leading] = flotillaCommand;
  const supervisor = spawn(executable, [...leading, 'supervise', '--state-dir', state.root], {
    detached: true,
    stdio: ['ignore', output, output],
  });
  supervisor.unref();
  if (supervisor.pid !== undefined) state.saveSupervisor(supervisor.pid);
}
