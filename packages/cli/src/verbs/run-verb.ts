import { ConfigError } from '@flotilla/process';
import { Command, CommanderError } from 'commander';
import { defaultStateDir } from '../checkout.js';
import { daemonNames } from '../daemons.js';
import { verbs } from './index.js';
import type { Verb, VerbOptions } from './verb.js';

/** Parses the command line, runs one verb and exits. Exit codes: the verb's own, or 1 with one line on standard error. */
export async function runVerb(argv: readonly string[]): Promise<never> {
  const program = new Command('flotilla')
    .description('A small Kubernetes from scratch')
    .exitOverride()
    .addHelpText('after', `\nDaemons (each with its own --help): ${daemonNames.join(', ')}`);
  let exitCode = 0;
  for (const verb of verbs) {
    addVerb(program, verb, async (positional, options) => {
      exitCode = await verb.run(positional, options);
    });
  }
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) process.exit(error.exitCode);
    process.stderr.write(`${errorLine(error)}\n`);
    process.exit(1);
  }
  process.exit(exitCode);
}

function addVerb(
  program: Command,
  verb: Verb,
  run: (positional: readonly string[], options: VerbOptions) => Promise<void>,
): void {
  const command = program
    .command(verb.arguments === undefined ? verb.name : `${verb.name} ${verb.arguments}`)
    .description(verb.description)
    .option('--state-dir <folder>', "the cluster's folder", process.env['FLOTILLA_STATE_DIR'] ?? defaultStateDir);
  verb.options?.(command);
  command.action(async (...given: unknown[]) => {
    await run(command.args, command.opts());
    void given; // commander passes arguments one by one; `command.args` has them in one list
  });
}

/** What kubectl prints for the same: the server's message behind its reason, or the plain message. */
function errorLine(error: unknown): string {
  if (!(error instanceof Error)) return `Error: ${String(error)}`;
  const reason = 'reason' in error && typeof error.reason === 'string' ? ` from server (${error.reason})` : '';
  if (error instanceof ConfigError || reason !== '' || error.name === 'ConnectionError') {
    return `Error${reason}: ${error.message}`;
  }
  return error.stack ?? error.message;
}
