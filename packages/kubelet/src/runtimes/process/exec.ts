import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { Readable } from 'node:stream';
import { Writable } from 'node:stream';
import { type AttachedProcess, type CommandEnd, type ExecResult, RuntimeError, type StreamOptions } from '../runtime.js';
import type { ContainerRecord } from './container-files.js';
import { signalQuietly } from './proc.js';
import { describeSpawnError } from './spawn-error.js';
import { spawnTerminal } from './terminal.js';

/** More output than this of a probe or hook is of no use to anybody. */
const outputBytesMax = 65_536;

/** Runs a command with the environment and folder of a container, in a process group of its own that is killed at the timeout. */
export function execInContainer(record: ContainerRecord, command: readonly string[], timeoutMs: number): Promise<ExecResult> {
  return new Promise((resolve) => {
    const [file = '', ...args] = command;
    const child = spawn(file, args, { cwd: record.cwd, env: record.env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    const stdout = collect(child.stdout);
    const stderr = collect(child.stderr);
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      if (child.pid !== undefined) signalQuietly(-child.pid, 'SIGKILL');
    }, timeoutMs);
    const finish = (exitCode: number | undefined, problem = '') => {
      clearTimeout(timer);
      resolve({ stdout: stdout(), stderr: stderr() + problem, exitCode });
    };
    child.on('error', (error: NodeJS.ErrnoException) =>
      finish(error.code === 'EACCES' ? 126 : 127, describeSpawnError(file, error)),
    );
    child.on('exit', (code, signal) => {
      if (child.pid !== undefined) signalQuietly(-child.pid, 'SIGKILL');
      setImmediate(() => finish(timedOut ? undefined : (code ?? (signal === null ? 0 : 137))));
    });
  });
}

/** Starts a command with the environment and folder of a container, for a client that holds its streams. @throws RuntimeError */
export async function startInContainer(
  { cwd, env }: ContainerRecord,
  command: readonly string[],
  streams: StreamOptions,
): Promise<AttachedProcess> {
  if (streams.tty) return onTerminal({ cwd, env, argv: command }, streams);
  const [file = '', ...args] = command;
  const stdio = [streams.stdin, streams.stdout, streams.stderr].map((wanted) =>
    wanted ? ('pipe' as const) : ('ignore' as const),
  );
  const child = spawn(file, args, { cwd, env, stdio, detached: true });
  for (const stream of child.stdio) stream?.on('error', () => {}); // who reads and writes them sees that they have ended
  await spawned(child, file);
  return {
    stdin: child.stdin ?? undefined,
    stdout: child.stdout ?? undefined,
    stderr: child.stderr ?? undefined,
    ended: new Promise((resolve) => child.once('exit', (code, signal) => resolve({ exitCode: exitCodeOf(code, signal) }))),
    resize: () => {},
    detach: () => {
      for (const stream of child.stdio) stream?.destroy();
    },
  };
}

async function onTerminal(
  command: { argv: readonly string[]; env: ContainerRecord['env']; cwd: string },
  streams: StreamOptions,
): Promise<AttachedProcess> {
  const terminal = await spawnTerminal(command);
  const stdin = new Writable({
    write(data: Buffer, _encoding, done) {
      terminal.write(data);
      done();
    },
  });
  let gone = false;
  const ended: Promise<CommandEnd> = terminal.ended.finally(() => {
    gone = true;
  });
  return {
    stdin: streams.stdin ? stdin : undefined,
    stdout: terminal.output,
    stderr: undefined,
    ended,
    resize: (size) => gone || terminal.resize(size),
    detach: () => gone || terminal.hangUp(),
  };
}

function spawned(child: ChildProcess, file: string): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error) => reject(new RuntimeError(describeSpawnError(file, error))));
  });
}

function exitCodeOf(code: number | null, signal: NodeJS.Signals | null): number {
  return code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
}

function collect(stream: Readable): () => string {
  const chunks: Buffer[] = [];
  let bytes = 0;
  stream.on('data', (chunk: Buffer) => {
    if (bytes < outputBytesMax) chunks.push(chunk);
    bytes += chunk.length;
  });
  stream.on('error', () => {});
  return () => Buffer.concat(chunks).subarray(0, outputBytesMax).toString('utf8');
}
