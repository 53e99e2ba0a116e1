import { accessSync, constants, mkdirSync } from 'node:fs';
import { readdir, rename, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { errorMessage, type Logger } from '@flotilla/base';
import { StoreError } from '@flotilla/mvcc';
import { ConfigError } from '@flotilla/process';
import { Level } from 'level';
import { pageBytes, pageEntriesMax, reopenBytesMin } from '../limits.js';
import { DamagedValueError } from './checked-value.js';
import type { Change, Database, DatabaseSnapshot, KeyRange, Page } from './database.js';

type Bytes = Uint8Array;
type LevelSnapshot = ReturnType<Level<Bytes, Bytes>['snapshot']>;

interface LevelIterator {
  nextv(size: number): Promise<[Bytes, Bytes][]>;
  close(): Promise<void>;
}

/**
 * Opens the database of a member under its data directory, making both where there are none. One that cannot be read is
 * put aside: the member then asks the others for its state.
 * @throws ConfigError when the folder cannot be written, or another process has it open
 */
export async function openDatabase(dataDir: string, log: Logger): Promise<Database> {
  const folder = join(dataDir, 'member', 'db');
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new ConfigError(`cannot access data directory: ${errorMessage(error)}`);
  }
  try {
    return new LevelDatabase(folder, await openLevel(folder));
  } catch (error) {
    const reason = errorMessage(error);
    if (reason.includes('lock')) throw new ConfigError(`data directory ${dataDir} is in use by another process`);
    if (!/corruption|does not exist|missing files/i.test(reason))
      throw new ConfigError(`cannot open the database in ${dataDir}: ${reason}`);
    const aside = `${folder}.damaged`;
    log.error({ folder, reason, aside }, 'the database is damaged, and put aside');
    await rm(aside, { recursive: true, force: true });
    await rename(folder, aside);
    return new LevelDatabase(folder, await openLevel(folder));
  }
}

/** @throws what LevelDB says */
async function openLevel(folder: string): Promise<Level<Bytes, Bytes>> {
  const level = new Level<Bytes, Bytes>(folder, { keyEncoding: 'view', valueEncoding: 'view' });
  await level.open().catch((error: unknown) => {
    throw error instanceof Error && error.cause !== undefined ? error.cause : error;
  });
  return level;
}

/**
 * Pages of what an iterator finds. The next is read, on another thread, while one is looked at.
 * @throws DamagedValueError where LevelDB finds a table that it cannot read
 */
async function* readAhead(iterator: LevelIterator): AsyncGenerator<Page> {
  try {
    let next = iterator.nextv(pageEntriesMax);
    for (;;) {
      const page = await next;
      if (page.length === 0) return;
      next = iterator.nextv(pageEntriesMax);
      next.catch(() => {}); // told when it is awaited, if it is
      yield page;
    }
  } catch (error) {
    if (!/corruption/i.test(errorMessage(error))) throw error;
    throw new DamagedValueError(`the database cannot be read: ${errorMessage(error)}`, { cause: error });
  } finally {
    await iterator.close();
  }
}

class LevelDatabase implements Database {
  readonly #folder: string;
  readonly #level: Level<Bytes, Bytes>;
  #broken = false;
  #reopening: Promise<void> | undefined;

  constructor(folder: string, level: Level<Bytes, Bytes>) {
    this.#folder = folder;
    this.#level = level;
  }

  get available(): boolean {
    return this.#level.status === 'open';
  }

  getSync(key: Bytes): Bytes | undefined {
    if (!this.available) throw new StoreError('unavailable', 'etcdserver: the database is being opened again');
    return this.#level.getSync(key);
  }

  pages({ from, to }: KeyRange, snapshot?: DatabaseSnapshot): AsyncIterable<Page> {
    // Whatever `snapshot` made, and nothing else, comes back here.
    const view = snapshot === undefined ? {} : { snapshot: snapshot as LevelSnapshot };
    return readAhead(this.#level.iterator({ gte: from, lt: to, highWaterMarkBytes: pageBytes, ...view }));
  }

  async write(changes: readonly Change[]): Promise<void> {
    await this.#mend();
    // A chained batch takes two thirds of the time of an array of operations.
    const batch = this.#level.batch();
    for (const change of changes) {
      if (change.type === 'put') batch.put(change.key, change.value);
      else batch.del(change.key);
    }
    try {
      await batch.write({ sync: true });
    } catch (error) {
      this.#broken = true;
      throw error;
    }
  }

  /** What LevelDB writes behind a write that failed may be unreadable later: it has to begin a new file. */
  async #mend(): Promise<void> {
    if (!this.#broken) return;
    this.#reopening ??= this.#reopen().finally(() => {
      this.#reopening = undefined;
    });
    await this.#reopening;
  }

  /** @throws Error `ENOSPC` where opening would find no room: closed, the database could not even be read */
  async #reopen(): Promise<void> {
    const { bavail, bsize } = await statfs(this.#folder);
    if (bavail * bsize < reopenBytesMin)
      throw Object.assign(new Error('ENOSPC: no space left on device, open'), { code: 'ENOSPC' });
    await this.#level.close();
    await this.#level.open();
    this.#broken = false;
  }

  clear({ from, to }: KeyRange): Promise<void> {
    return this.#level.clear({ gte: from, lt: to });
  }

  snapshot(): DatabaseSnapshot {
    return this.#level.snapshot();
  }

  async compact(): Promise<void> {
    // The types are those that every platform's `level` has; in Node.js it is classic-level, which can do this.
    await this.#mend();
    const level = this.#level as Level<Bytes, Bytes> & { compactRange(start: Bytes, end: Bytes): Promise<void> };
    await level.compactRange(Uint8Array.of(0), Uint8Array.of(0xff));
  }

  async sizeBytes(): Promise<number> {
    let bytes = 0;
    for (const name of await readdir(this.#folder)) {
      // A table may be deleted between listing and looking.
      bytes += await stat(join(this.#folder, name)).then(
        (found) => found.size,
        () => 0,
      );
    }
    return bytes;
  }

  close(): Promise<void> {
    return this.#level.close();
  }
}
