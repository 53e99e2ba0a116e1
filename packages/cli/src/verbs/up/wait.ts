import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sleep } from '@flotilla/base';
import { ConfigError, systemClock } from '@flotilla/process';
import type { StateDir } from '../../state-dir.js';
import type { ControlClient } from '../../supervisor/control-client.js';
import type { ProcessStatus } from '../../supervisor/supervisor.js';

const pollMs = 100;
/** A process that died this often while the cluster came up will not mend itself. */
const hopelessRestarts = 4;
/** Errors further up in a log are of an earlier run. */
const lastLines = 10;

export interface WaitContext {
  readonly state: StateDir;
  readonly control: ControlClient;
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
}

/**
 * Asks again and again until `attempt` has an answer.
 * @param what names the thing waited for in the error
 * @throws ConfigError at the deadline, or sooner when a process keeps dying or the supervisor has ended; it quotes that
 *   process's last words
 */
export async function until<T>(what: string, context: WaitContext, attempt: () => Promise<T | undefined>): Promise<T> {
  let why = '';
  for (;;) {
    try {
      const answer = await attempt();
      if (answer !== undefined) return answer;
    } catch (error) {
      why = error instanceof Error ? `: ${error.message}` : '';
    }
    if (systemClock.monotonicMs() > context.deadlineMs)
      throw new ConfigError(await explain(`timed out waiting for ${what}${why}`, context));
    await failOnHopeless(context);
    await sleep(systemClock, pollMs, context.signal);
  }
}

/** The processes of the running supervisor; undefined until it answers. */
export async function processesOf(context: WaitContext, component: string): Promise<readonly ProcessStatus[] | undefined> {
  const all = await context.control.processes();
  return all?.filter((process) => process.component === component);
}

async function failOnHopeless(context: WaitContext): Promise<void> {
  const processes = await context.control.processes();
  if (processes === undefined && context.state.loadSupervisor() === undefined)
    throw new ConfigError(
      `the supervisor has ended; was the cluster stopped meanwhile?\n  ${lastWords(context.state, 'supervisor')}`,
    );
  const hopeless = processes?.find(({ restarts, healthy }) => restarts >= hopelessRestarts && !healthy);
  if (hopeless === undefined) return;
  throw new ConfigError(`${hopeless.name} keeps failing: ${lastWords(context.state, hopeless.name)}`);
}

async function explain(text: string, context: WaitContext): Promise<string> {
  const processes = await context.control.processes();
  if (processes === undefined) return `${text}\n  supervisor: ${lastWords(context.state, 'supervisor')}`;
  const unhealthy = processes.filter(({ healthy }) => !healthy).map(({ name }) => `  ${name}: ${lastWords(context.state, name)}`);
  return [text, ...unhealthy, `  logs: ${context.state.logs}`].join('\n');
}

/** The last line of a process's log that is worth reading. */
function lastWords(state: StateDir, name: string): string {
  const file = join(state.logs, `${name}.log`);
  if (!existsSync(file)) return 'no log';
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n').slice(-lastLines);
  const plain = lines.findLast((line) => line.startsWith('Error: '));
  if (plain !== undefined) return plain;
  return lines.at(-1) ?? 'an empty log';
}
