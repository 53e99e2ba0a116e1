import { ConfigError } from '@flotilla/process';
import { StateDir } from '../../state-dir.js';
import { runSupervisor } from '../../supervisor/run.js';
import { addClusterFlags, readClusterFlags } from '../../topology/cluster-flags.js';
import type { ProcessSpec } from '../../topology/process-spec.js';
import { hostProcesses } from '../../topology/processes.js';
import type { Verb } from '../verb.js';

/** What runs on each machine (or container) of a cluster of several hosts. */
export const host: Verb = {
  name: 'host',
  arguments: '<name>',
  description: 'Run the processes of one host of a cluster, in the foreground; the cluster flags are the same on every host',
  options: addClusterFlags,
  async run([name = ''], options) {
    const state = new StateDir(String(options['stateDir']), String(options['pkiDir']));
    const cluster = readClusterFlags(options);
    let specs: readonly ProcessSpec[];
    try {
      specs = hostProcesses(cluster, name, state);
    } catch (error) {
      throw error instanceof RangeError ? new ConfigError(error.message) : error;
    }
    state.save({ cluster, specs });
    await runSupervisor(state, specs, 'inherit');
    return 0;
  },
};
