import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import type { Readable } from 'node:stream';
import { RuntimeError } from '../runtime.js';
import type { AttachTarget } from './attach-server.js';
import type { ContainerRecord } from './container-files.js';
import { signalQuietly } from './proc.js';
import { describeSpawnError } from './spawn-error.js';
import { spawnTerminal } from './terminal.js';

interface MainExit {
  readonly exitCode: number;
  readonly signal: number | undefined;
}

/** The process that a container is, seen from its shim. */
export interface MainProcess extends AttachTarget {
  readonly pid: number;
  readonly stdout: Readable;
  /** Not on a terminal, where there is one output. */
  readonly stderr: Readable | undefined;
  readonly exited: Promise<MainExit>;
}

/** In a session of its own, so that a signal reaches the group and nothing beside it. @throws RuntimeError when it cannot be started */
export function startMainProcess(record: ContainerRecord): Promise<MainProcess> {
  return record.tty ? onTerminal(record) : onPipes(record);
}

async function onPipes({ argv, cwd, env, stdin }: ContainerRecord): Promise<MainProcess> {
  const [file = '', ...args] = argv;
  const child = spawn(file, args, { cwd, env, stdio: [stdin ? 'pipe' : 'ignore', 'pipe', 'pipe'], detached: true });
  const { stdin: input, stdout, stderr, pid } = child;
  const exited = new Promise<MainExit>((resolve) => child.once('exit', (code, signal) => resolve(exitOf(code, signal))));
  for (const stream of [input, stdout, stderr]) stream?.on('error', () => {}); // the process closed its end
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error) => reject(new RuntimeError(describeSpawnError(file, error))));
  });
  if (stdout === null || stderr === null || pid === undefined) throw new RuntimeError('the process has no outputs');
  return {
    pid,
    stdout,
    stderr,
    exited,
    write: input === null ? undefined : (data) => (input.write(data) ? undefined : drained(input)),
    endInput: () => input?.end(),
    resize: () => {},
  };
}

async function onTerminal(record: ContainerRecord): Promise<MainProcess> {
  const terminal = await spawnTerminal(record);
  return {
    pid: terminal.pid,
    stdout: terminal.output,
    stderr: undefined,
    exited: terminal.ended,
    write: record.stdin
      ? (data) => {
          terminal.write(data);
          return undefined;
        }
      : undefined,
    endInput: () => signalQuietly(terminal.pid, 'SIGHUP'),
    resize: (size) => terminal.resize(size),
  };
}

async function drained(input: NodeJS.WritableStream): Promise<void> {
  await Promise.race([once(input, 'drain'), once(input, 'close')]).catch(() => {});
}

function exitOf(code: number | null, signalName: NodeJS.Signals | null): MainExit {
  const signal = signalName === null ? undefined : constants.signals[signalName];
  return { exitCode: signal === undefined ? (code ?? 0) : 128 + signal, signal };
}
