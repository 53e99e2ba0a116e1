// A program of its own, one per container: `node shim.js <folder of the container>`. It is the container's parent, writes its log and keeps
// its exit status, in a session of its own, so that a kubelet can die and come back. It decides nothing: the kubelet signals the container directly.
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { errorMessage } from '@flotilla/base';
import { AttachServer } from './attach-server.js';
import {
  type ContainerRecord,
  containerIdVariable,
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
import { type MainProcess, startMainProcess } from './main-process.js';
import { identify, pidsWithEnvironment, signalQuietly } from './proc.js';

/** A grandchild that left the process group may hold the output open; the exit is reported without waiting longer for it. */
const drainMsMax = 1_000;

async function run(dir: string, record: ContainerRecord): Promise<void> {
  const { stdinOnce, logPath, logBytesMax, logFilesMax } = record;
  if (!isDirectory(record.cwd))
    return finish(dir, startError(`chdir to cwd ("${record.cwd}") failed: no such file or directory`));
  const log = new LogWriter(logPath, { bytesMax: logBytesMax, filesMax: logFilesMax });
  const attached = new AttachServer(dir, { stdinOnce });
  await attached.ready();
  let main: MainProcess;
  try {
    main = await startMainProcess(record);
  } catch (error) {
    return finish(dir, startError(errorMessage(error)));
  }
  attached.target = main;
  const startedAtMs = Date.now();
  const outputs = (['stdout', 'stderr'] as const).map((name) => copyOutput(name, main[name], log, attached));
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => signalQuietly(main.pid, signal));
  report(dir, main.pid, startedAtMs);
  const { exitCode, signal } = await main.exited;
  const finishedAtMs = Date.now();
  killRest(record, main.pid);
  await Promise.race([Promise.all(outputs), new Promise((resolve) => setTimeout(resolve, drainMsMax))]);
  for (const stream of [main.stdout, main.stderr]) stream?.destroy();
  await Promise.all(outputs);
  log.close();
  const reason = exitCode === 0 ? 'Completed' : 'Error';
  writeExit(dir, { exitCode, signal, reason, message: undefined, startedAtMs, finishedAtMs });
  // Those who are attached get the last lines too, unless they do not read them.
  await Promise.race([attached.close(), new Promise((resolve) => setTimeout(resolve, drainMsMax))]);
  process.exit(0);
}

/** Into the log, and to whoever is attached. Resolves at its end. */
function copyOutput(
  name: 'stdout' | 'stderr',
  from: Readable | undefined,
  log: LogWriter,
  attached: AttachServer,
): Promise<void> {
  if (from === undefined) return Promise.resolve();
  const stream = log.stream(name);
  from.on('data', (data: Buffer) => {
    stream.push(data);
    attached.output(name, data);
  });
  return new Promise((resolve) => {
    from.once('close', () => {
      stream.end();
      resolve();
    });
  });
}

function report(dir: string, pid: number, startedAtMs: number): void {
  try {
    const container = identify(pid) ?? { pid, startTicks: 'ended', bootId: '' };
    writeJson(dir, startedFile, { container, startedAtMs } satisfies StartedRecord);
  } catch {
    signalQuietly(-pid, 'SIGKILL'); // the kubelet removed the container meanwhile
  }
}

/** What the container left behind, and what was executed in it, dies with its main process, as in a pid namespace. */
function killRest({ id }: ContainerRecord, mainPid: number): void {
  signalQuietly(-mainPid, 'SIGKILL');
  for (const pid of pidsWithEnvironment(`${containerIdVariable}=${id}`)) signalQuietly(pid, 'SIGKILL');
}

function writeExit(dir: string, exit: ExitRecord): void {
  try {
    writeJson(dir, exitFile, exit);
  } catch {
    // the kubelet removed the container meanwhile
  }
}

function finish(dir: string, exit: ExitRecord): never {
  writeExit(dir, exit);
  process.exit(0);
}

/** As container runtimes report a process that could not be started: exit code 128. */
function startError(message: string): ExitRecord {
  const nowMs = Date.now();
  return { exitCode: 128, signal: undefined, reason: 'StartError', message, startedAtMs: undefined, finishedAtMs: nowMs };
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
void run(dir, record);
