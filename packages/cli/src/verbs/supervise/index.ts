import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError, createLogger, systemClock, systemRandom } from '@flotilla/process';
import { flotillaCommand } from '../../checkout.js';
import { StateDir } from '../../state-dir.js';
import { serveControl } from '../../supervisor/control-server.js';
import { identify } from '../../supervisor/process-identity.js';
import { Supervisor } from '../../supervisor/supervisor.js';
import type { Verb } from '../verb.js';

/** The process that `up` leaves running. */
export const supervise: Verb = {
  name: 'supervise',
  description: 'Run the processes of a cluster that "up" prepared, in the foreground',
  async run(_, options) {
    const state = new StateDir(String(options['stateDir']));
    const saved = state.load();
    if (saved === undefined) throw new ConfigError(`${state.root} holds no cluster; "flotilla up" makes one`);
    const log = await createLogger({ name: 'supervisor', level: 'info', format: 'json' });
    const ending = new AbortController();
    const shutdown = () => ending.abort(new Error('the cluster is going down'));
    process.on('SIGTERM', shutdown);
    process.on('SIGINT', shutdown);
    const supervisor = new Supervisor({
      state,
      specs: saved.specs,
      command: flotillaCommand,
      clock: systemClock,
      random: systemRandom,
      log,
    });
    const control = await serveControl({ socketPath: state.controlSocket, supervisor, log, shutdown });
    writeFileSync(join(state.root, 'supervisor.pid'), JSON.stringify(identify(process.pid)));
    const ended = once(ending.signal, 'abort');
    await supervisor.start(ending.signal).catch((error: unknown) => {
      if (!ending.signal.aborted) throw error;
    });
    await ended;
    await supervisor.stop();
    control.close();
    log.info({}, 'all processes stopped');
    return 0;
  },
};
