import type { Logger } from '@flotilla/base';
import { type LoggerOptions, pino, stdTimeFunctions } from 'pino';

export interface LogOptions {
  readonly name: string;
  readonly level: string;
  /** `json` for machines, `pretty` for people. */
  readonly format: 'json' | 'pretty';
}

/**
 * One JSON record a line on standard output, written synchronously: the last line before a crash is there.
 * `pretty` loads its formatter only when asked.
 */
export async function createLogger(options: LogOptions): Promise<Logger> {
  const settings: LoggerOptions = {
    name: options.name,
    level: options.level,
    base: { name: options.name, pid: process.pid },
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  };
  if (options.format === 'json') return pino(settings);
  const { default: pretty } = await import('pino-pretty');
  return pino(settings, pretty({ colorize: process.stdout.isTTY, sync: true, ignore: 'pid,name,hostname' }));
}
