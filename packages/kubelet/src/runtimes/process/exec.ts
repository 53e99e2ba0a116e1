import { spawn } from 'node:child_process';
import type { ExecResult } from '../runtime.js';
import type { ContainerRecord } from './container-files.js';
import { signalQuietly } from './proc.js';

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
      finish(error.code === 'EACCES' ? 126 : 127, `exec: "${file}": ${error.message}`),
    );
    child.on('exit', (code, signal) => {
      if (child.pid !== undefined) signalQuietly(-child.pid, 'SIGKILL');
      setImmediate(() => finish(timedOut ? undefined : (code ?? (signal === null ? 0 : 137))));
    });
  });
}

function collect(stream: NodeJS.ReadableStream): () => string {
  const chunks: Buffer[] = [];
  let bytes = 0;
  stream.on('data', (chunk: Buffer) => {
    if (bytes < outputBytesMax) chunks.push(chunk);
    bytes += chunk.length;
  });
  stream.on('error', () => {});
  return () => Buffer.concat(chunks).subarray(0, outputBytesMax).toString('utf8');
}
