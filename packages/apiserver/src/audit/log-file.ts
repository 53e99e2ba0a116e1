import {
  closeSync,
  createReadStream,
  createWriteStream,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { Clock } from '@flotilla/base';
import { auditFileBytesByDefault } from '../limits.js';

export interface LogFileOptions {
  readonly path: string;
  /** The file is set aside before it grows beyond; 0: after 100 MB. */
  readonly bytesMax: number;
  /** How many files that were set aside are kept; 0: all. */
  readonly backupsMax: number;
  /** How long they are kept; 0: for ever. */
  readonly ageMaxMs: number;
  /** Whether files that were set aside are compressed. */
  readonly compress: boolean;
  readonly clock: Clock;
}

/**
 * A log that is set aside when it gets large, as `audit-2026-11-26T07-10-48.123.log`. Lines of one turn of the event loop
 * are written together, before the next turn: a line is in the file, though not on the disk, before its client can read more
 * than the answer.
 */
export class LogFile {
  readonly #options: LogFileOptions;
  readonly #onError: (error: unknown, lines: number) => void;
  #file: number | undefined;
  #bytes = 0;
  #waiting: string[] = [];
  #compressing: Promise<void> = Promise.resolve();

  /** @param onError is told how many lines are lost; none, when only an old file could not be dealt with */
  constructor(options: LogFileOptions, onError: (error: unknown, lines: number) => void) {
    this.#options = options;
    this.#onError = onError;
    mkdirSync(dirname(options.path), { recursive: true });
    this.#open();
  }

  write(line: string): void {
    if (this.#waiting.length === 0) setImmediate(() => this.flush());
    this.#waiting.push(line);
  }

  /** Writes what waits, now. @returns whether it is written */
  flush(): boolean {
    const lines = this.#waiting;
    if (lines.length === 0) return true;
    this.#waiting = [];
    try {
      this.#append(Buffer.from(`${lines.join('\n')}\n`));
      return true;
    } catch (error) {
      this.#onError(error, lines.length);
      return false;
    }
  }

  async close(): Promise<void> {
    this.flush();
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
    await this.#compressing;
  }

  #append(text: Buffer): void {
    if (this.#file === undefined) this.#open();
    const bytesMax = this.#options.bytesMax || auditFileBytesByDefault;
    if (this.#bytes > 0 && this.#bytes + text.length > bytesMax) this.#rotate();
    if (this.#file === undefined) return;
    for (let written = 0; written < text.length; ) written += writeSync(this.#file, text, written);
    this.#bytes += text.length;
  }

  #open(): void {
    this.#file = openSync(this.#options.path, 'a', 0o600);
    this.#bytes = fstatSync(this.#file).size;
  }

  #rotate(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
    const { path, clock } = this.#options;
    const time = new Date(clock.wallMs()).toISOString().replaceAll(':', '-').replace('Z', '');
    renameSync(path, join(dirname(path), `${stem(path)}-${time}${extname(path)}`));
    this.#open();
    this.#removeOld();
    if (this.#options.compress) this.#compressing = this.#compressing.then(() => this.#compressBackups());
  }

  /** Also those that an earlier process has left. */
  async #compressBackups(): Promise<void> {
    const { path } = this.#options;
    try {
      for (const name of readdirSync(dirname(path))) {
        if (name.endsWith('.gz') || Number.isNaN(backupTimeMs(path, name))) continue;
        const file = join(dirname(path), name);
        await pipeline(createReadStream(file), createGzip(), createWriteStream(`${file}.gz`, { mode: 0o600 }));
        unlinkSync(file);
      }
    } catch (error) {
      this.#onError(error, 0);
    }
  }

  #removeOld(): void {
    const { path, backupsMax, ageMaxMs, clock } = this.#options;
    const backups = readdirSync(dirname(path))
      .map((name) => ({ name, timeMs: backupTimeMs(path, name) }))
      .filter(({ timeMs }) => !Number.isNaN(timeMs))
      .sort((a, b) => b.timeMs - a.timeMs);
    for (const [i, { name, timeMs }] of backups.entries()) {
      const tooMany = backupsMax > 0 && i >= backupsMax;
      const tooOld = ageMaxMs > 0 && timeMs < clock.wallMs() - ageMaxMs;
      if (tooMany || tooOld) unlinkSync(join(dirname(path), name));
    }
  }
}

function stem(path: string): string {
  return basename(path, extname(path));
}

/** NaN for a file that is not one of ours. */
function backupTimeMs(path: string, fileName: string): number {
  const prefix = `${stem(path)}-`;
  const name = fileName.replace(/\.gz$/, '');
  if (!name.startsWith(prefix) || !name.endsWith(extname(path))) return Number.NaN;
  const time = name.slice(prefix.length, name.length - extname(path).length);
  return Date.parse(`${time.replace(/T(\d\d)-(\d\d)-/, 'T$1:$2:')}Z`);
}
