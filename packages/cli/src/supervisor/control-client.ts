import { request } from 'node:http';
import { ConfigError } from '@flotilla/process';
import { controlAttemptsMax } from './limits.js';
import type { ProcessIdentity } from './process-identity.js';
import type { ProcessStatus } from './supervisor.js';

/** Talks to the supervisor of one cluster over its Unix socket. */
export class ControlClient {
  readonly #socketPath: string;

  constructor(socketPath: string) {
    this.#socketPath = socketPath;
  }

  /** @returns undefined when no supervisor runs */
  async processes(): Promise<readonly ProcessStatus[] | undefined> {
    const answer = await this.#call('GET', '/processes');
    return (answer as { processes: ProcessStatus[] } | undefined)?.processes;
  }

  /** @returns the supervisor itself; undefined when none runs */
  async supervisor(): Promise<ProcessIdentity | undefined> {
    return (await this.#call('GET', '/supervisor')) as ProcessIdentity | undefined; // control-server.ts answers so
  }

  /** @throws ConfigError when no supervisor runs, or it knows no such process */
  async act(name: string, action: 'start' | 'stop' | 'restart'): Promise<void> {
    const answer = await this.#call('POST', `/processes/${encodeURIComponent(name)}/${action}`);
    if (answer === undefined) throw new ConfigError('the cluster is not running; start it with "flotilla up"');
  }

  /** A supervisor that ends while it is asked answers nothing: whether there is another one, only asking again can tell. */
  async #call(method: string, path: string): Promise<unknown> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#callOnce(method, path);
      } catch (error) {
        if (!isReset(error) || attempt === controlAttemptsMax) throw error;
      }
    }
  }

  #callOnce(method: string, path: string): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const outgoing = request({ socketPath: this.#socketPath, method, path }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          text += chunk;
        });
        response.once('error', reject);
        response.once('end', () => {
          const body = JSON.parse(text) as { message?: string };
          if ((response.statusCode ?? 500) >= 400) reject(new ConfigError(body.message ?? text));
          else resolve(body);
        });
      });
      outgoing.once('error', (error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED') resolve(undefined);
        else reject(error);
      });
      outgoing.end();
    });
  }
}

function isReset(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
}
