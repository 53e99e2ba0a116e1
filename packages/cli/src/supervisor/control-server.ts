import { rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { defined, errorMessage, type Logger } from '@flotilla/base';
import { ConfigError } from '@flotilla/process';
import { identify } from './process-identity.js';
import type { Supervisor } from './supervisor.js';

export interface ControlOptions {
  readonly socketPath: string;
  readonly supervisor: Supervisor;
  readonly log: Logger;
}

/**
 * The supervisor's own small API on a Unix socket that only its user can open:
 * `GET /supervisor` (which process it is), `GET /processes`, `POST /processes/NAME/start|stop|restart`.
 * @throws ConfigError when another supervisor of the same cluster listens already
 */
export async function serveControl(options: ControlOptions): Promise<Server> {
  if (await answers(options.socketPath)) throw new ConfigError(`a supervisor already listens on ${options.socketPath}`);
  rmSync(options.socketPath, { force: true });
  const server = createServer((request, response) => {
    handle(options, request, response).catch((error: unknown) => {
      options.log.error({ err: error, url: request.url }, 'control request failed');
      reply(response, 500, { message: errorMessage(error) });
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.socketPath, resolve);
  });
  return server;
}

async function handle({ supervisor }: ControlOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [collection, name, action] = (request.url ?? '/').split('/').slice(1).map(decodeURIComponent);
  if (request.method === 'GET' && collection === 'processes' && name === undefined) {
    return reply(response, 200, { processes: await supervisor.status() });
  }
  if (request.method === 'GET' && collection === 'supervisor')
    return reply(response, 200, defined(identify(process.pid), 'this process runs'));
  if (request.method !== 'POST' || collection !== 'processes' || name === undefined) {
    return reply(response, 404, { message: `${request.method} ${request.url} is unknown` });
  }
  const managed = supervisor.find(name);
  if (managed === undefined) return reply(response, 404, { message: `no process is called "${name}"` });
  if (action !== 'start' && action !== 'stop' && action !== 'restart') {
    return reply(response, 404, { message: `unknown action "${action}"` });
  }
  if (action !== 'start') await managed.stop();
  if (action !== 'stop') managed.start();
  reply(response, 200, {});
}

function reply(response: ServerResponse, code: number, body: object): void {
  response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function answers(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(socketPath);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
