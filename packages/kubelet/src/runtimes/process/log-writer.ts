import { closeSync, fstatSync, mkdirSync, openSync, readdirSync, renameSync, unlinkSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** Longer lines are cut into partial records (tag `P`), as CRI runtimes do; the last piece is tagged `F`. */
export const lineBytesMax = 16_384;

const newline = 0x0a;

/**
 * Writes a container's output in CRI's log format, one record a line: `<RFC 3339 time> <stdout|stderr> <F|P> <text>`.
 * The file is renamed to `<file>.<UTC time>` when it has grown past `bytesMax`; the oldest of such files go, `filesMax` stay in all.
 */
export class LogWriter {
  readonly #path: string;
  readonly #bytesMax: number;
  readonly #filesMax: number;
  #fd: number;
  #size: number;
  #rotations = 0;

  constructor(path: string, limits: { bytesMax: number; filesMax: number }) {
    this.#path = path;
    this.#bytesMax = limits.bytesMax;
    this.#filesMax = limits.filesMax;
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    this.#fd = openSync(path, 'a', 0o640);
    this.#size = fstatSync(this.#fd).size;
  }

  /** A stream's own line buffer: call `push` with what arrives and `end` when it closes. */
  stream(name: 'stdout' | 'stderr'): { push(chunk: Buffer): void; end(): void } {
    let rest: Buffer = Buffer.alloc(0);
    return {
      push: (chunk) => {
        rest = this.#writeLines(name, rest.length === 0 ? chunk : Buffer.concat([rest, chunk]));
      },
      end: () => {
        // Tagged partial: readers must not add a newline that the container did not write.
        if (rest.length > 0) this.#append([record(name, 'P', rest)]);
        rest = Buffer.alloc(0);
      },
    };
  }

  close(): void {
    closeSync(this.#fd);
  }

  /** @returns the tail that has no newline yet */
  #writeLines(name: string, data: Buffer): Buffer {
    const records: Buffer[] = [];
    let from = 0;
    for (;;) {
      const end = data.indexOf(newline, from);
      const lineEnd = end === -1 ? data.length : end;
      while (lineEnd - from > lineBytesMax) {
        records.push(record(name, 'P', data.subarray(from, from + lineBytesMax)));
        from += lineBytesMax;
      }
      if (end === -1) break;
      records.push(record(name, 'F', data.subarray(from, end)));
      from = end + 1;
    }
    this.#append(records);
    return Buffer.from(data.subarray(from)); // a copy, so that the big chunk can go
  }

  #append(records: readonly Buffer[]): void {
    if (records.length === 0) return;
    const bytes = Buffer.concat(records);
    for (let written = 0; written < bytes.length; ) written += writeSync(this.#fd, bytes, written);
    this.#size += bytes.length;
    if (this.#size > this.#bytesMax) this.#rotate();
  }

  #rotate(): void {
    const stamp = new Date().toISOString().replace(/[-:.TZ]/g, '');
    renameSync(this.#path, `${this.#path}.${stamp}-${String(this.#rotations++).padStart(6, '0')}`);
    closeSync(this.#fd);
    this.#fd = openSync(this.#path, 'a', 0o640);
    this.#size = 0;
    const dir = dirname(this.#path);
    const prefix = `${basename(this.#path)}.`;
    const rotated = readdirSync(dir)
      .filter((name) => name.startsWith(prefix))
      .sort();
    for (const name of rotated.slice(0, Math.max(0, rotated.length - (this.#filesMax - 1)))) unlinkSync(join(dir, name));
  }
}

function record(stream: string, tag: 'F' | 'P', text: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${timestamp()} ${stream} ${tag} `), text, Buffer.from('\n')]);
}

/** Now, as `2026-11-21T03:40:00.123456000Z`. */
function timestamp(): string {
  const nowMs = performance.timeOrigin + performance.now();
  const wholeMs = Math.floor(nowMs);
  const micros = Math.floor((nowMs - wholeMs) * 1000);
  return `${new Date(wholeMs).toISOString().slice(0, -1)}${String(micros).padStart(3, '0')}000Z`;
}
