import { ConfigError } from '@flotilla/process';
import { StateDir } from '../../state-dir.js';
import { runSupervisor } from '../../supervisor/run.js';
import type { Verb } from '../verb.js';

/** The process that `up` leaves running. */
export const supervise: Verb = {
  name: 'supervise',
  description: 'Run the processes of a cluster that "up" prepared, in the foreground',
  async run(_, options) {
    const state = new StateDir(String(options['stateDir']));
    const saved = state.load();
    if (saved === undefined) throw new ConfigError(`${state.root} holds no cluster; "flotilla up" makes one`);
    await runSupervisor(state, saved.specs, 'files');
    return 0;
  },
};
