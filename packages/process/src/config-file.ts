import { readFileSync } from 'node:fs';
import { ConfigError, errorMessage } from '@flotilla/base';
import type { Command, Option } from 'commander';

/**
 * Fills in, from a YAML file of `flag-name: value` lines (camelCase works too), every option that the
 * command line left at its default. The command line wins.
 * @throws ConfigError for a file that cannot be read, an unknown name or a value that the flag refuses
 */
export async function applyConfigFile(command: Command, path: string): Promise<void> {
  for (const [key, value] of Object.entries(await readMapping(path))) {
    const option = command.options.find((candidate) => candidate.long === `--${key}` || candidate.attributeName() === key);
    if (option === undefined) throw new ConfigError(`${path}: unknown field "${key}"`);
    const source = command.getOptionValueSource(option.attributeName());
    if (source === 'cli') continue;
    command.setOptionValueWithSource(option.attributeName(), parseValue(option, value, path), 'config');
  }
}

async function readMapping(path: string): Promise<Record<string, unknown>> {
  // Only now: loading it takes longer than starting most daemons, and few are started with a file.
  const {
    default: { parse },
  } = await import('yaml');
  let document: unknown;
  try {
    document = parse(readFileSync(path, 'utf8'), { maxAliasCount: 100 });
  } catch (error) {
    throw new ConfigError(`--config ${path}: ${errorMessage(error)}`);
  }
  if (document === null) return {};
  if (typeof document !== 'object' || Array.isArray(document))
    throw new ConfigError(`--config ${path}: want a mapping of flags to values`);
  return document as Record<string, unknown>; // a YAML mapping with string keys
}

function parseValue(option: Option, value: unknown, path: string): unknown {
  const text = Array.isArray(value) ? value.join(',') : String(value);
  if (option.parseArg === undefined) return text;
  try {
    return option.parseArg(text, undefined);
  } catch (error) {
    throw new ConfigError(`${path}: ${option.attributeName()}: ${errorMessage(error)}`);
  }
}
