import { once } from 'node:events';
import { mkdirSync, rmSync } from 'node:fs';
import { createLogger, systemClock, systemRandom } from '@flotilla/process';
import { flotillaCommand } from '../checkout.js';
import type { StateDir } from '../state-dir.js';
import type { ProcessSpec } from '../topology/process-spec.js';
import { serveControl } from './control-server.js';
import { Supervisor } from './supervisor.js';

/**
 * Runs a supervisor in this process until SIGTERM or SIGINT.
 * @param output where the processes' logs go: to files, or to this process's own output
 * @throws ConfigError when another supervisor of the same state folder runs
 */
export async function runSupervisor(state: StateDir, specs: readonly ProcessSpec[], output: 'files' | 'inherit'): Promise<void> {
  const log = await createLogger({ name: 'supervisor', level: 'info', format: 'json' });
  const ending = new AbortController();
  const shutdown = () => ending.abort(new Error('the cluster is going down'));
  process.on('SIGTERM', shutdown);
  process.on('SIGINT', shutdown);
  const supervisor = new Supervisor({
    state,
    specs,
    output,
    command: flotillaCommand,
    clock: systemClock,
    random: systemRandom,
    log,
  });
  mkdirSync(state.sockets, { recursive: true, mode: 0o700 });
  const control = await serveControl({ socketPath: state.controlSocket, supervisor, log });
  state.saveSupervisor(process.pid);
  const ended = once(ending.signal, 'abort');
  await supervisor.start(ending.signal).catch((error: unknown) => {
    if (!ending.signal.aborted) throw error;
  });
  await ended;
  await supervisor.stop();
  control.close();
  rmSync(state.sockets, { recursive: true, force: true });
  log.info({}, 'all processes stopped');
}
