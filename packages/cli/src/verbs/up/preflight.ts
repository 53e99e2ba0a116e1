import { accessSync, constants, mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { errorMessage } from '@flotilla/base';
import { ConfigError, listenError } from '@flotilla/process';
import type { ProcessSpec } from '../../topology/process-spec.js';

/** @throws ConfigError when the folder cannot be made or written */
export function checkWritable(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    accessSync(folder, constants.W_OK);
  } catch (error) {
    throw new ConfigError(`${folder} is not writable: ${errorMessage(error)}`);
  }
}

/**
 * Finds out before anything starts whether somebody else holds an address that a process needs.
 * @throws ConfigError that names every such address
 */
export async function checkAddressesFree(specs: readonly ProcessSpec[]): Promise<void> {
  const taken: string[] = [];
  for (const spec of specs) {
    const separator = spec.address.lastIndexOf(':');
    const error = await tryListen(spec.address.slice(0, separator), Number(spec.address.slice(separator + 1)));
    if (error !== undefined) taken.push(`${spec.name}: ${error}`);
  }
  if (taken.length > 0) throw new ConfigError(`some addresses cannot be used:\n  ${taken.join('\n  ')}`);
}

function tryListen(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error) => {
      const worded = listenError(error, host, port);
      resolve(errorMessage(worded));
    });
    server.listen(port, host, () => server.close(() => resolve(undefined)));
  });
}
