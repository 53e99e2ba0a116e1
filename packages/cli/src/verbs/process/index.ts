import { StateDir } from '../../state-dir.js';
import { ControlClient } from '../../supervisor/control-client.js';
import type { Verb } from '../verb.js';

function processVerb(name: 'start' | 'stop' | 'restart', description: string): Verb {
  return {
    name,
    description,
    arguments: '<processes...>',
    async run(processes, options) {
      const control = new ControlClient(new StateDir(String(options['stateDir'])).controlSocket);
      for (const process of processes) await control.act(process, name);
      return 0;
    },
  };
}

export const start = processVerb('start', 'Start processes that were stopped, by the names that "status" shows');
export const stop = processVerb('stop', 'Stop processes of the cluster and keep them stopped');
export const restart = processVerb('restart', 'Stop processes and start them again');
