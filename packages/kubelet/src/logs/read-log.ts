import { type FSWatcher, watch } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { LogRenderer } from './cri-log.js';

export interface LogOptions {
  readonly follow: boolean;
  readonly timestamps: boolean;
  readonly tailLines: number | undefined;
  readonly sinceMs: number | undefined;
  readonly limitBytes: number | undefined;
}

export interface LogSource {
  readonly path: string;
  /** Whether more may still be written. Asked before the last read, so nothing is missed. */
  isRunning(): Promise<boolean>;
  /** Calls back when `isRunning` may have changed. @returns how to stop listening */
  onChange(listener: () => void): () => void;
}

const chunkBytes = 65_536;
const newline = 0x0a;
/** In case a file event is lost. */
const lookAgainMs = 5_000;

/** The text of a container's log, piece by piece; followed, until the container has ended or the signal aborts. Follows across rotation. */
export async function* readLog(
  source: LogSource,
  options: LogOptions,
  signal: AbortSignal,
): AsyncGenerator<Buffer, void, undefined> {
  const renderer = new LogRenderer(options);
  let budget = options.limitBytes ?? Number.POSITIVE_INFINITY;
  for await (const line of logLines(source, options, signal)) {
    const text = renderer.render(line);
    if (text === undefined) continue;
    const piece = text.subarray(0, Math.min(text.length, budget));
    budget -= piece.length;
    if (piece.length > 0) yield piece;
    if (budget <= 0) return;
  }
}

async function* logLines(source: LogSource, options: LogOptions, signal: AbortSignal): AsyncGenerator<Buffer, void, undefined> {
  const changes = options.follow ? new ChangeWaiter(source, signal) : undefined;
  let file = await openIfThere(source.path);
  try {
    let position = file === undefined || options.tailLines === undefined ? 0 : await tailOffset(file, options.tailLines);
    let rest: Buffer = Buffer.alloc(0);
    while (!signal.aborted) {
      changes?.arm();
      const running = options.follow && (await source.isRunning());
      for (;;) {
        const chunk = file === undefined ? Buffer.alloc(0) : await readChunk(file, position);
        if (chunk.length === 0) break;
        position += chunk.length;
        const { lines, tail } = splitLines(rest.length === 0 ? chunk : Buffer.concat([rest, chunk]));
        rest = tail;
        yield* lines;
        if (signal.aborted) return;
      }
      const rotated = await replacement(source.path, file);
      if (rotated !== undefined) {
        await file?.close();
        file = rotated;
        position = 0;
        continue;
      }
      if (!running) return;
      await changes?.wait();
    }
  } finally {
    changes?.close();
    await file?.close();
  }
}

/** Resolves once the log's folder or the container has changed since it was armed. */
class ChangeWaiter {
  readonly #watcher: FSWatcher;
  readonly #stopListening: () => void;
  readonly #signal: AbortSignal;
  #changed = false;
  #wake: (() => void) | undefined;

  constructor(source: LogSource, signal: AbortSignal) {
    this.#signal = signal;
    const notify = () => {
      this.#changed = true;
      this.#wake?.();
    };
    this.#watcher = watch(dirname(source.path), { persistent: false }, notify);
    this.#watcher.on('error', notify);
    this.#stopListening = source.onChange(notify);
    signal.addEventListener('abort', notify, { once: true });
  }

  arm(): void {
    this.#changed = false;
  }

  async wait(): Promise<void> {
    if (this.#changed || this.#signal.aborted) return;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      timer = setTimeout(resolve, lookAgainMs);
    });
    clearTimeout(timer);
  }

  close(): void {
    this.#watcher.close();
    this.#stopListening();
  }
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined; // fs errors carry a code
    throw error;
  }
}

/** @returns the file that has taken this one's place, if one has */
async function replacement(path: string, current: FileHandle | undefined): Promise<FileHandle | undefined> {
  const [there, ours] = await Promise.all([stat(path).catch(() => undefined), current?.stat()]);
  return there === undefined || there.ino === ours?.ino ? undefined : openIfThere(path);
}

async function readChunk(file: FileHandle, position: number): Promise<Buffer> {
  const buffer = Buffer.alloc(chunkBytes);
  const { bytesRead } = await file.read(buffer, 0, chunkBytes, position);
  return buffer.subarray(0, bytesRead);
}

/** Where the last `lines` lines begin, found from the end. */
async function tailOffset(file: FileHandle, lines: number): Promise<number> {
  const { size } = await file.stat();
  if (lines <= 0) return size;
  let found = 0;
  for (let end = size; end > 0; ) {
    const start = Math.max(0, end - chunkBytes);
    const buffer = Buffer.alloc(end - start);
    const { bytesRead } = await file.read(buffer, 0, buffer.length, start);
    for (let i = bytesRead - 1; i >= 0; i--) {
      if (buffer[i] !== newline || start + i === size - 1) continue;
      if (++found === lines) return start + i + 1;
    }
    end = start;
  }
  return 0;
}

function splitLines(data: Buffer): { lines: Buffer[]; tail: Buffer } {
  const lines: Buffer[] = [];
  let from = 0;
  for (let end = data.indexOf(newline); end !== -1; end = data.indexOf(newline, from)) {
    lines.push(data.subarray(from, end));
    from = end + 1;
  }
  return { lines, tail: data.subarray(from) };
}
