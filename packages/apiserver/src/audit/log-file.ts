import { closeSync, fstatSync, mkdirSync, openSync, readdirSync, renameSync, unlinkSync, writeSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
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
  readonly clock: Clock;
}

/**
 * A log that is set aside when it gets large, as `audit-2026-11-26T07-10-48.123.log`. Lines of one turn of the event loop
 * are written together, before the next turn: a line is in the file, though not on the disk, before its client can read more
 * than the answer.
 */
export class LogFile {
  readonly #options: LogFileOptions;
  readonly #onError: (error: unknown) => void;
  #file: number | undefined;
  #bytes = 0;
  #waiting: string[] = [];

  constructor(options: LogFileOptions, onError: (error: unknown) => void) {
    this.#options = options;
    this.#onError = onError;
    mkdirSync(dirname(options.path), { recursive: true });
    this.#open();
  }

  write(line: string): void {
    if (this.#waiting.length === 0) setImmediate(() => this.flush());
    this.#waiting.push(line);
  }

  /** Writes what waits, now. */
  flush(): void {
    const lines = this.#waiting;
    if (lines.length === 0) return;
    this.#waiting = [];
    try {
      this.#append(Buffer.from(`${lines.join('\n')}\n`));
    } catch (error) {
      this.#onError(error);
    }
  }

  close(): void {
    this.flush();
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
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
function backupTimeMs(path: string, name: string): number {
  const prefix = `${stem(path)}-`;
  if (!name.startsWith(prefix) || !name.endsWith(extname(path))) return Number.NaN;
  const time = name.slice(prefix.length, name.length - extname(path).length);
  return Date.parse(`${time.replace(/T(\d\d)-(\d\d)-/, 'T$1:$2:')}Z`);
}
