import { Readable } from 'node:stream';
import { type CommandEnd, RuntimeError, type TerminalSize } from '../runtime.js';
import { findSpawnError } from './spawn-error.js';

export interface TerminalCommand {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

/** A program in a session of its own on a pseudo-terminal. */
export interface Terminal {
  readonly pid: number;
  /** Ends when the program has ended. */
  readonly output: Readable;
  readonly ended: Promise<CommandEnd & { readonly signal: number | undefined }>;
  write(data: Buffer): void;
  resize(size: TerminalSize): void;
  /** Hangs up, as when a line drops. */
  hangUp(): void;
}

/** @throws RuntimeError when there is no such program */
export async function spawnTerminal({ argv, env, cwd }: TerminalCommand): Promise<Terminal> {
  const [file = '', ...args] = argv;
  const problem = findSpawnError(file, cwd, env['PATH'] ?? '');
  if (problem !== undefined) throw new RuntimeError(problem);
  const { spawn } = await import('@lydell/node-pty'); // native code, which most containers never need
  const pty = spawn(file, args, { name: env['TERM'] ?? 'xterm', cwd, env: { TERM: 'xterm', ...env }, encoding: null });
  const output = new Readable({ read: () => pty.resume() });
  // With no encoding the data are buffers, whatever the type says.
  pty.onData((data: string | Buffer) => {
    if (!output.push(data)) pty.pause();
  });
  const ended = new Promise<CommandEnd & { signal: number | undefined }>((resolve) => {
    pty.onExit(({ exitCode, signal }) => {
      output.push(null);
      const killedBy = signal === undefined || signal === 0 ? undefined : signal;
      resolve({ exitCode: killedBy === undefined ? exitCode : 128 + killedBy, signal: killedBy });
    });
  });
  return {
    pid: pty.pid,
    output,
    ended,
    write: (data) => pty.write(data as unknown as string), // handed to a socket, which takes both
    resize: ({ width, height }) => pty.resize(width, height),
    hangUp: () => pty.kill('SIGHUP'),
  };
}
