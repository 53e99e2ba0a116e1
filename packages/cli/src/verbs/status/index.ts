import { StateDir } from '../../state-dir.js';
import { ControlClient } from '../../supervisor/control-client.js';
import type { ProcessStatus } from '../../supervisor/supervisor.js';
import { renderColumns } from '../columns.js';
import type { Verb } from '../verb.js';

export const status: Verb = {
  name: 'status',
  description: 'Show every process of the cluster with its role, health, memory and restarts',
  options: (command) => void command.option('-o, --output <format>', 'json for machines'),
  async run(_, options) {
    const state = new StateDir(String(options['stateDir']));
    const running = await new ControlClient(state.controlSocket).processes();
    const processes = running ?? stopped(state);
    if (options['output'] === 'json') console.log(JSON.stringify({ processes }, null, 2));
    else if (processes.length === 0) console.log(`No cluster in ${state.root}; "flotilla up" makes one.`);
    else console.log(renderColumns(processes.map(row)));
    if (running === undefined && processes.length > 0) console.error('The cluster is not running; "flotilla up" starts it.');
    return running !== undefined && processes.every(({ healthy }) => healthy) ? 0 : 1;
  },
};

function stopped(state: StateDir): ProcessStatus[] {
  return (state.load()?.specs ?? []).map(({ name, component, address }) => {
    return { name, component, role: '', pid: 0, healthy: false, restarts: 0, rssBytes: 0, address };
  });
}

function row(process: ProcessStatus): Record<string, string> {
  return {
    NAME: process.name,
    PID: process.pid === 0 ? '-' : String(process.pid),
    ROLE: process.role === '' ? '-' : process.role,
    HEALTHY: process.healthy ? 'yes' : 'no',
    MEMORY: `${Math.round(process.rssBytes / 1_048_576)}Mi`,
    RESTARTS: String(process.restarts),
    ADDRESS: process.address,
  };
}
