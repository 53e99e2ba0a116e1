import type { ServerResponse } from 'node:http';
import { runCommandTimeoutMs } from '../../limits.js';
import type { AttachedProcess, StreamOptions } from '../../runtimes/runtime.js';
import { findRunning, findSandbox, type PodDeps } from '../find-container.js';
import { HttpError } from '../http-error.js';
import type { Route, RouteRequest } from '../server.js';
import { runSession } from './command-session.js';
import { forwardPorts } from './port-forward.js';
import { acceptStreams } from './remote-streams.js';
import type { UpgradeRequest } from './upgrade.js';

/** `/exec`, `/attach`, `/portForward` and `/run`: what leads into the pods of this node. A pod may be named with its uid too. */
export function streamRoutes(deps: PodDeps): readonly Route[] {
  return [
    {
      path: /^\/exec\/([^/]+)\/([^/]+)(?:\/[^/]+)?\/([^/]+)$/,
      methods: streaming,
      handle: upgradeRequired,
      upgrade: (request, upgrade) => exec(deps, request, upgrade),
    },
    {
      path: /^\/attach\/([^/]+)\/([^/]+)(?:\/[^/]+)?\/([^/]+)$/,
      methods: streaming,
      handle: upgradeRequired,
      upgrade: (request, upgrade) => attach(deps, request, upgrade),
    },
    {
      path: /^\/portForward\/([^/]+)\/([^/]+)(?:\/[^/]+)?$/,
      methods: streaming,
      handle: upgradeRequired,
      upgrade: (request, upgrade) => portForward(deps, request, upgrade),
    },
    {
      path: /^\/run\/([^/]+)\/([^/]+)(?:\/[^/]+)?\/([^/]+)$/,
      methods: ['POST'],
      handle: (request, response) => run(deps, request, response),
    },
  ];
}

const streaming = ['GET', 'POST'] as const;

async function upgradeRequired(): Promise<never> {
  throw new HttpError(400, 'Upgrade request required');
}

async function exec(deps: PodDeps, { parameters, query }: RouteRequest, upgrade: UpgradeRequest): Promise<void> {
  const streams = streamOptions(query);
  const { id } = await findRunning(deps, ...names(parameters));
  const command = query.getAll('command');
  if (command.length === 0) throw new HttpError(400, 'command is required');
  const start = () => deps.runtime.exec(id, command, streams);
  await session(upgrade, streams, 'error executing command in container: failed to exec in container', start);
}

async function attach(deps: PodDeps, { parameters, query }: RouteRequest, upgrade: UpgradeRequest): Promise<void> {
  const streams = streamOptions(query);
  const { id } = await findRunning(deps, ...names(parameters));
  await session(upgrade, streams, 'error attaching to container', () => deps.runtime.attach(id, streams));
}

async function session(upgrade: UpgradeRequest, wanted: StreamOptions, what: string, start: () => Promise<AttachedProcess>) {
  const remote = await acceptStreams(upgrade, wanted);
  if (remote !== undefined) await runSession(remote, what, start);
}

async function portForward(deps: PodDeps, { parameters, query }: RouteRequest, upgrade: UpgradeRequest): Promise<void> {
  const [namespace = '', name = ''] = parameters;
  const { id, podUid } = await findSandbox(deps, namespace, name);
  const description = `to pod ${id}, uid ${podUid}`;
  await forwardPorts(upgrade, query, { description, connect: (port) => deps.runtime.portForward(id, port) });
}

/** Output and errors together, once the command of `cmd` has ended; a failed one is a 500 with them. */
async function run(deps: PodDeps, { parameters, query }: RouteRequest, response: ServerResponse): Promise<void> {
  const { id } = await findRunning(deps, ...names(parameters));
  const command = (query.get('cmd') ?? '').split(' ').filter((word) => word !== '');
  const { stdout, stderr, exitCode } = await deps.runtime.execSync(id, command, runCommandTimeoutMs);
  const failed = exitCode !== 0;
  response.writeHead(failed ? 500 : 200, { 'content-type': 'text/plain; charset=utf-8' });
  response.end(
    failed ? `command '${command.join(' ')}' exited with ${exitCode ?? 'a timeout'}: ${stderr}${stdout}` : stdout + stderr,
  );
}

/** @throws HttpError 400 */
function streamOptions(query: URLSearchParams): StreamOptions {
  const flag = (name: string) => query.get(name) === '1' || query.get(name) === 'true';
  const tty = flag('tty');
  // A terminal has one output.
  const streams = { stdin: flag('input'), stdout: flag('output'), stderr: flag('error') && !tty, tty };
  if (!streams.stdin && !streams.stdout && !streams.stderr)
    throw new HttpError(400, 'you must specify at least 1 of stdin, stdout, stderr');
  return streams;
}

function names([namespace = '', pod = '', container = '']: readonly string[]): [string, string, string] {
  return [namespace, pod, container];
}
