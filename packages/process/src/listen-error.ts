import { ConfigError } from '@flotilla/base';

interface ErrnoException extends Error {
  readonly code?: string;
}

/**
 * Turns a failed `listen` into what Go's net package, and so every Kubernetes operator, calls it.
 * Errors that have another cause come back unchanged.
 */
export function listenError(error: unknown, address: string, port: number): unknown {
  const code = error instanceof Error ? (error as ErrnoException).code : undefined; // Node.js puts the errno name there
  const at = `listen tcp ${address.includes(':') ? `[${address}]` : address}:${port}: bind:`;
  switch (code) {
    case 'EADDRINUSE':
      return new ConfigError(`${at} address already in use`);
    case 'EACCES':
      return new ConfigError(`${at} permission denied`);
    case 'EADDRNOTAVAIL':
      return new ConfigError(`${at} cannot assign requested address`);
    default:
      return error;
  }
}
