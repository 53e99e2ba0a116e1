import { existsSync, rmSync } from 'node:fs';
import { sleep } from '@flotilla/base';
import { ConfigError, systemClock } from '@flotilla/process';
import { flotillaCommand } from '../../checkout.js';
import { StateDir } from '../../state-dir.js';
import { ControlClient } from '../../supervisor/control-client.js';
import { endLeftovers } from '../../supervisor/leftovers.js';
import { isAlive, signalProcess } from '../../supervisor/process-identity.js';
import { stopPods } from '../../supervisor/stop-pods.js';
import type { Verb } from '../verb.js';

const supervisorGraceMs = 60_000;
const pollMs = 50;

export const down: Verb = {
  name: 'down',
  description: 'Stop everything that "up" started',
  options: (command) => void command.option('--wipe', "delete the cluster's data, certificates and logs too", false),
  async run(_, options) {
    const state = new StateDir(String(options['stateDir']));
    const stopped = await stopCluster(state);
    if (!stopped && !existsSync(state.root)) {
      console.log(`No cluster in ${state.root}.`);
      return 0;
    }
    console.log(stopped ? 'The cluster is stopped.' : 'The cluster was not running.');
    if (options['wipe'] === true && existsSync(state.root)) {
      wipe(state);
      console.log(`Deleted ${state.root}.`);
    }
    return 0;
  },
};

/** @returns whether anything was running */
export async function stopCluster(state: StateDir): Promise<boolean> {
  // Its socket lies elsewhere: it answers also when the folder, or the file that names it, is gone.
  const supervisor = state.loadSupervisor() ?? (await new ControlClient(state.controlSocket).supervisor());
  if (supervisor !== undefined && signalProcess(supervisor, 'SIGTERM')) {
    const deadlineMs = systemClock.monotonicMs() + supervisorGraceMs;
    while (isAlive(supervisor)) {
      if (systemClock.monotonicMs() > deadlineMs)
        throw new ConfigError(`the supervisor (pid ${supervisor.pid}) does not stop; see ${state.logs}`);
      await sleep(systemClock, pollMs);
    }
  }
  // A supervisor that was killed leaves its processes, and pods, running.
  const left = existsSync(state.pids) ? await endLeftovers(state.pids, systemClock) : 0;
  for (const { podsRootDir } of state.load()?.specs ?? []) {
    if (podsRootDir !== undefined) await stopPods(flotillaCommand, podsRootDir);
  }
  return supervisor !== undefined || left > 0;
}

/** Deletes only a folder that `up` made. */
function wipe(state: StateDir): void {
  if (state.load() === undefined && !existsSync(state.pki))
    throw new ConfigError(`${state.root} is no cluster's folder; not deleted`);
  rmSync(state.root, { recursive: true, force: true });
  rmSync(state.sockets, { recursive: true, force: true });
}
