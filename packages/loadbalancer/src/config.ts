import { readFileSync } from 'node:fs';
import { errorMessage } from '@flotilla/base';
import { ConfigError } from '@flotilla/process';
import type { Balance } from './pool.js';

/** The flags as commander hands them over. */
export interface Options {
  readonly bindAddress: string;
  readonly port: number;
  readonly backends: readonly string[];
  readonly balance: string;
  readonly maxConnections: number;
  readonly healthCheckPath: string;
  readonly healthCheckInterval: number;
  readonly healthCheckTimeout: number;
  readonly healthCheckFall: number;
  readonly healthCheckRise: number;
  readonly healthCheckCa?: string;
  readonly drainTimeout: number;
  readonly statsAddress: string;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface Config {
  readonly backends: readonly Address[];
  readonly balance: Balance;
  readonly healthCheckCa: string | undefined;
  /** undefined where `--stats-address ""` switched the page off. */
  readonly stats: Address | undefined;
}

/**
 * What needs more than commander's own checks.
 * @throws ConfigError naming the flag
 */
export function readConfig(options: Options): Config {
  const backends = options.backends.map((text) => parseAddress('--backends', text));
  if (backends.length === 0) throw new ConfigError('--backends: name at least one host:port');
  const names = new Set(backends.map(({ host, port }) => `${host} ${port}`));
  if (names.size < backends.length) throw new ConfigError('--backends: a backend is listed twice');
  if (options.balance !== 'roundrobin' && options.balance !== 'leastconn') {
    throw new ConfigError(`--balance: want roundrobin or leastconn, not "${options.balance}"`);
  }
  if (!options.healthCheckPath.startsWith('/')) throw new ConfigError('--health-check-path: must start with /');
  if (options.healthCheckInterval <= 0) throw new ConfigError('--health-check-interval: must be more than 0');
  if (options.healthCheckTimeout <= 0) throw new ConfigError('--health-check-timeout: must be more than 0');
  return {
    backends,
    balance: options.balance,
    healthCheckCa: options.healthCheckCa === undefined ? undefined : readCa(options.healthCheckCa),
    stats: options.statsAddress === '' ? undefined : parseAddress('--stats-address', options.statsAddress),
  };
}

/** Reads `127.0.0.1:8404` or `[::1]:8404`. */
export function parseAddress(flag: string, text: string): Address {
  const match = /^(?:\[([0-9a-fA-F:.%]+)\]|([^:[\]\s/]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || port > 65_535) throw new ConfigError(`${flag}: want host:port, not "${text}"`);
  return { host, port };
}

function readCa(path: string): string {
  let pem: string;
  try {
    pem = readFileSync(path, 'utf8');
  } catch (error) {
    throw new ConfigError(`--health-check-ca: ${errorMessage(error)}`);
  }
  if (!pem.includes('-----BEGIN CERTIFICATE-----')) throw new ConfigError(`--health-check-ca: ${path} holds no PEM certificate`);
  return pem;
}
