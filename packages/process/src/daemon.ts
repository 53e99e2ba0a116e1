import { type Clock, ConfigError, type Logger, type Random } from '@flotilla/base';
import { Command, CommanderError } from 'commander';
import { applyConfigFile } from './config-file.js';
import { createLogger } from './logging.js';
import { createMetrics, type Metrics } from './metrics.js';
import { systemClock, systemRandom } from './system-clock.js';

/** What the composition root of a daemon is given. */
export interface DaemonContext {
  readonly name: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Aborts on SIGTERM and SIGINT: close everything, then return from `run`. */
  readonly signal: AbortSignal;
}

/** One of the processes that the `flotilla` executable can become. */
export interface Daemon {
  readonly name: string;
  readonly description: string;
  /** Adds the flags, and subcommands where there are any. */
  options(command: Command): void;
  /**
   * Runs until the context's signal aborts.
   * @param options the parsed flags, camel-cased as commander does
   * @throws ConfigError for what only the operator can mend
   */
  run(options: never, context: DaemonContext): Promise<void>;
}

/** How long a daemon may take to stop cleanly before it is ended. */
const shutdownGraceMs = 15_000;

/** Types a daemon's options; `options(command)` is the one that makes the claim true. */
export function defineDaemon<Options>(daemon: {
  readonly name: string;
  readonly description: string;
  options(command: Command): void;
  run(options: Options, context: DaemonContext): Promise<void>;
}): Daemon {
  return daemon;
}

/**
 * The `main` of every daemon: parses flags (and `--config`), sets up logs, metrics and signals, runs, exits.
 * Exit codes: 0 clean stop, 1 a mistake of the operator, 2 a bug.
 * @param argv the arguments after the daemon's name
 */
export async function runDaemon(daemon: Daemon, argv: readonly string[]): Promise<never> {
  const command = new Command(`flotilla ${daemon.name}`)
    .description(daemon.description)
    .exitOverride()
    .option('--config <file>', 'YAML file of flag values; flags on the command line win')
    .option('--log-level <level>', 'trace, debug, info, warn or error', 'info')
    .option('--log-format <format>', 'json or pretty (default: pretty on a terminal, else json)');
  daemon.options(command);
  command.action(() => start(daemon, command));
  try {
    await command.parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) process.exit(error.exitCode);
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`Error: ${error.message}\n`);
    process.exit(1);
  }
  process.exit(0);
}

async function start(daemon: Daemon, command: Command): Promise<void> {
  const configPath = command.opts<{ config?: string }>().config;
  if (configPath !== undefined) await applyConfigFile(command, configPath);
  const log = await createLogger(logOptions(daemon.name, command));
  const stop = new AbortController();
  installSignals(stop, log);
  process.on('uncaughtException', (error) => {
    log.error({ err: error }, 'uncaught exception');
    process.exit(2);
  });
  try {
    await daemon.run(command.opts() as never, {
      name: daemon.name,
      clock: systemClock,
      random: systemRandom,
      log,
      metrics: createMetrics(),
      signal: stop.signal,
    });
  } catch (error) {
    if (error instanceof ConfigError) {
      log.error({}, error.message);
      throw error;
    }
    if (stop.signal.aborted && error === stop.signal.reason) return;
    log.error({ err: error }, 'exiting');
    process.exit(2);
  }
}

function logOptions(name: string, command: Command): { name: string; level: string; format: 'json' | 'pretty' } {
  const { logLevel, logFormat } = command.opts<{ logLevel: string; logFormat?: string }>();
  if (!['trace', 'debug', 'info', 'warn', 'error'].includes(logLevel))
    throw new ConfigError(`--log-level: unknown level "${logLevel}"`);
  const format = logFormat ?? (process.stdout.isTTY ? 'pretty' : 'json');
  if (format !== 'json' && format !== 'pretty') throw new ConfigError(`--log-format: want json or pretty, not "${format}"`);
  return { name, level: logLevel, format };
}

function installSignals(stop: AbortController, log: Logger): void {
  const onSignal = (signal: NodeJS.Signals) => {
    if (stop.signal.aborted) process.exit(130);
    log.info({ signal }, 'stopping');
    setTimeout(() => {
      log.error({ shutdownGraceMs }, 'did not stop in time');
      process.exit(2);
    }, shutdownGraceMs).unref();
    stop.abort(new Error(`received ${signal}`));
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
}
