import { ConfigError, errorMessage } from '@flotilla/base';
import { type Command, InvalidArgumentError } from 'commander';
import { parseDuration } from './duration.js';

/**
 * `--name`, `--name=true`, `--name=false`, as Kubernetes' components take a boolean.
 * @param byDefault absent: the option has no value unless it is given
 */
export function booleanFlag(command: Command, name: string, description: string, byDefault?: boolean): Command {
  return command.option(`--${name} [boolean]`, description, parseBoolean, byDefault);
}

/** A duration such as `15s`; the option's value is milliseconds. */
export function durationFlag(command: Command, name: string, description: string, byDefault: string): Command {
  return command.option(
    `--${name} <duration>`,
    `${description} (default ${byDefault})`,
    parseDurationFlag,
    parseDuration(byDefault),
  );
}

/** A whole number within bounds. */
export function integerFlag(
  command: Command,
  name: string,
  description: string,
  byDefault: number,
  bounds: { readonly min?: number; readonly max?: number } = {},
): Command {
  return command.option(`--${name} <integer>`, description, (text: string) => parseInteger(text, bounds), byDefault);
}

/** A comma-separated list; the flag may also be repeated. */
export function listFlag(command: Command, name: string, description: string, byDefault: readonly string[] = []): Command {
  let given: string[] | undefined;
  const collect = (text: string): readonly string[] => {
    given = [...(given ?? []), ...text.split(',').filter((item) => item !== '')];
    return given;
  };
  return command.option(`--${name} <list>`, description, collect, byDefault);
}

/**
 * The value of a flag that has no default.
 * @param name without the dashes
 * @throws ConfigError
 */
export function requiredFlag(name: string, value: string | undefined): string {
  if (value === undefined || value === '') throw new ConfigError(`--${name} is required`);
  return value;
}

function parseBoolean(text: string): boolean {
  if (/^(1|t|true)$/i.test(text)) return true;
  if (/^(0|f|false)$/i.test(text)) return false;
  throw new InvalidArgumentError(`parsing "${text}": invalid syntax, want true or false`);
}

function parseDurationFlag(text: string): number {
  try {
    return parseDuration(text);
  } catch (error) {
    throw new InvalidArgumentError(errorMessage(error));
  }
}

function parseInteger(text: string, bounds: { readonly min?: number; readonly max?: number }): number {
  const value = Number(text);
  if (!/^[+-]?\d+$/.test(text) || !Number.isSafeInteger(value)) throw new InvalidArgumentError(`"${text}" is not a whole number`);
  if (bounds.min !== undefined && value < bounds.min) throw new InvalidArgumentError(`must be at least ${bounds.min}`);
  if (bounds.max !== undefined && value > bounds.max) throw new InvalidArgumentError(`must be at most ${bounds.max}`);
  return value;
}
