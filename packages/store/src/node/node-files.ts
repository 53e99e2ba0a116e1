import { constants, mkdirSync } from 'node:fs';
import { type FileHandle, open, readdir, readFile, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { AppendFile, Files } from './files.js';

const { O_CREAT, O_DSYNC, O_RDWR, O_TRUNC } = constants;

/** A real folder, made if it is not there. */
export function nodeFiles(folder: string): Files {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return {
    list: () => readdir(folder),
    read: (name) => readFile(join(folder, name)),
    async create(name) {
      return new NodeAppendFile(await open(join(folder, name), O_RDWR | O_CREAT | O_TRUNC | O_DSYNC, 0o600), 0);
    },
    async open(name) {
      const handle = await open(join(folder, name), O_RDWR | O_DSYNC);
      // A process that was killed in a write may have left bytes that the disk does not have yet, and that count once they are read.
      await handle.datasync();
      return new NodeAppendFile(handle, (await handle.stat()).size);
    },
    remove: (name) => rm(join(folder, name)),
    async freeBytes() {
      const { bavail, bsize } = await statfs(folder);
      return bavail * bsize;
    },
    async syncFolder() {
      const handle = await open(folder, 'r');
      try {
        await handle.sync();
      } finally {
        await handle.close();
      }
    },
  };
}

/** With O_DSYNC the kernel returns from a write when it is durable: one trip to the thread pool instead of two. */
class NodeAppendFile implements AppendFile {
  readonly #handle: FileHandle;
  #size: number;
  /** Cutting the file short is not durable by itself. */
  #cut = false;

  constructor(handle: FileHandle, size: number) {
    this.#handle = handle;
    this.#size = size;
  }

  get size(): number {
    return this.#size;
  }

  async append(bytes: Uint8Array): Promise<void> {
    for (let written = 0; written < bytes.length; ) {
      const { bytesWritten } = await this.#handle.write(bytes, written, bytes.length - written, this.#size + written);
      written += bytesWritten;
    }
    this.#size += bytes.length;
  }

  async truncate(size: number): Promise<void> {
    this.#cut = true;
    await this.#handle.truncate(size);
    this.#size = size;
  }

  async sync(): Promise<void> {
    if (!this.#cut) return;
    await this.#handle.datasync();
    this.#cut = false;
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}
