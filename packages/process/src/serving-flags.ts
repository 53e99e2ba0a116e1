import type { Command } from 'commander';
import { integerFlag } from './flags.js';
import type { HealthOptions } from './health.js';

/** Where and as whom a daemon serves health and metrics. */
export interface ServingFlags {
  readonly bindAddress: string;
  readonly securePort: number;
  readonly tlsCertFile?: string;
  readonly tlsPrivateKeyFile?: string;
  readonly clientCaFile?: string;
}

/** The flags of every daemon that serves nothing but health and metrics. */
export function addServingFlags(command: Command, defaultPort: number): void {
  command.option('--bind-address <ip>', 'address of the health and metrics server', '127.0.0.1');
  integerFlag(command, 'secure-port', 'port of the health and metrics server', defaultPort, { min: 0, max: 65_535 });
  command.option('--tls-cert-file <file>', 'certificate of that server; without one it speaks plain HTTP');
  command.option('--tls-private-key-file <file>', 'its key');
  command.option('--client-ca-file <file>', 'who may read /metrics');
}

/** What `serveHealth` is told by the flags. */
export function servingOptions(flags: ServingFlags): Pick<HealthOptions, 'address' | 'port' | 'tls'> {
  const { bindAddress: address, securePort: port, tlsCertFile: cert, tlsPrivateKeyFile: key, clientCaFile: clientCa } = flags;
  if (cert === undefined || key === undefined) return { address, port };
  return { address, port, tls: { cert, key, ...(clientCa !== undefined && { clientCa }) } };
}
