// A program of its own, one per container: `node shim.js <folder of the container>`. It is the container's parent, writes its log and keeps
// its exit status, in a session of its own, so that a kubelet can die and come back. It decides nothing: the kubelet signals the container directly.
import { spawn } from 'node:child_process';
import { statSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import {
  type ContainerRecord,
  type ExitRecord,
  exitFile,
  readJson,
  type StartedRecord,
  shimFile,
  specFile,
  startedFile,
  writeJson,
} from './container-files.js';
import { LogWriter } from './log-writer.js';
import { identify, signalQuietly } from './proc.js';

/** A grandchild that left the process group may hold the output open; the exit is reported without waiting longer for it. */
const drainMsMax = 1_000;

function run(dir: string, record: ContainerRecord): void {
  const log = new LogWriter(record.logPath, { bytesMax: record.logBytesMax, filesMax: record.logFilesMax });
  const [file = '', ...args] = record.argv;
  if (!isDirectory(record.cwd)) finish(dir, startError(`chdir to cwd ("${record.cwd}") failed: no such file or directory`));
  const child = spawn(file, args, { cwd: record.cwd, env: record.env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  let startedAtMs: number | undefined;
  let exit: ExitRecord | undefined;

  const streams = [log.stream('stdout'), log.stream('stderr')] as const;
  child.stdout.on('data', streams[0].push).on('error', () => {});
  child.stderr.on('data', streams[1].push).on('error', () => {});
  const end = () => {
    for (const stream of streams) stream.end();
    log.close();
    finish(dir, exit ?? startError('the process ended before it started'));
  };
  child.on('error', (error: NodeJS.ErrnoException) => finish(dir, startError(describeSpawnError(file, error))));
  child.on('exit', (code, signal) => {
    if (child.pid !== undefined) signalQuietly(-child.pid, 'SIGKILL'); // what it left behind in its group dies with it, as in a pid namespace
    exit = exitOf(code, signal, startedAtMs);
    setTimeout(end, drainMsMax).unref();
  });
  child.on('close', () => {
    if (exit !== undefined) end();
  });
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));

  if (child.pid === undefined) return; // the error event tells why
  startedAtMs = Date.now();
  try {
    const container = identify(child.pid) ?? { pid: child.pid, startTicks: 'ended', bootId: '' };
    writeJson(dir, startedFile, { container, startedAtMs } satisfies StartedRecord);
  } catch {
    signalQuietly(-child.pid, 'SIGKILL'); // the kubelet removed the container meanwhile
  }
}

function finish(dir: string, exit: ExitRecord): never {
  try {
    writeJson(dir, exitFile, exit);
  } finally {
    process.exit(0);
  }
}

function exitOf(code: number | null, signalName: NodeJS.Signals | null, startedAtMs: number | undefined): ExitRecord {
  const signal = signalName === null ? undefined : constants.signals[signalName];
  const exitCode = signal === undefined ? (code ?? 0) : 128 + signal;
  return {
    exitCode,
    signal,
    reason: exitCode === 0 ? 'Completed' : 'Error',
    message: undefined,
    startedAtMs,
    finishedAtMs: Date.now(),
  };
}

/** As container runtimes report a process that could not be started: exit code 128. */
function startError(message: string): ExitRecord {
  const nowMs = Date.now();
  return { exitCode: 128, signal: undefined, reason: 'StartError', message, startedAtMs: undefined, finishedAtMs: nowMs };
}

function describeSpawnError(file: string, error: NodeJS.ErrnoException): string {
  if (error.code === 'ENOENT')
    return `exec: "${file}": ${file.includes('/') ? 'no such file or directory' : 'executable file not found in $PATH'}`;
  if (error.code === 'EACCES') return `exec: "${file}": permission denied`;
  return `exec: "${file}": ${error.message}`;
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

const dir = process.argv[2] ?? '';
const record = readJson<ContainerRecord>(dir, specFile);
const self = identify(process.pid);
if (record === undefined || self === undefined) process.exit(1);
// Exclusive: a second shim for the same container must not start it twice.
writeFileSync(join(dir, shimFile), JSON.stringify(self), { flag: 'wx', mode: 0o600 });
run(dir, record);
