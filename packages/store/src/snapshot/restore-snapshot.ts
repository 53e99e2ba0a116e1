import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { silentLogger } from '@flotilla/base';
import { ConfigError } from '@flotilla/process';
import type { Bootstrap } from '../node/identity.js';
import { openDatabase } from '../node/level-database.js';
import { nodeFiles } from '../node/node-files.js';
import { createStorage } from '../node/open-storage.js';
import { decodeSnapshot } from './decode-snapshot.js';
import { readSnapshotFile, syncFolder, verifySnapshotFile } from './snapshot-file.js';
import type { SnapshotHeader } from './snapshot-format.js';

export interface RestoreOptions {
  /** Must not be there, or be empty. */
  readonly dataDir: string;
  /** Who the member is from now on; nothing is kept of who the members were. */
  readonly bootstrap: Bootstrap;
  readonly skipHashCheck: boolean;
}

/**
 * Makes a data directory out of a snapshot. Keys keep their revisions, leases their time; users and alarms stay. Members of
 * the new cluster must be made of the same file. The directory appears whole or not at all.
 * @throws ConfigError when the directory is in the way; SnapshotFormatError; the operating system's errors
 */
export async function restoreSnapshot(file: string, options: RestoreOptions): Promise<SnapshotHeader> {
  const { dataDir, bootstrap, skipHashCheck } = options;
  if (!(await isFree(dataDir))) throw new ConfigError(`data-dir ${JSON.stringify(dataDir)} not empty or could not be read`);
  if (!skipHashCheck) await verifySnapshotFile(file);
  const { header, entries } = await decodeSnapshot(readSnapshotFile(file));
  const staging = `${resolve(dataDir)}.restoring`;
  await rm(staging, { recursive: true, force: true });
  try {
    const database = await openDatabase(staging, silentLogger);
    try {
      const files = nodeFiles(join(staging, 'member', 'wal'));
      const storage = await createStorage({ files, database }, bootstrap, header.applied, entries);
      await storage.close();
    } catch (error) {
      await database.close();
      throw error;
    }
    await mkdir(dirname(resolve(dataDir)), { recursive: true });
    await rename(staging, dataDir);
    await syncFolder(dirname(resolve(dataDir)));
    return header;
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

async function isFree(dir: string): Promise<boolean> {
  try {
    return (await readdir(dir)).length === 0;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ENOENT';
  }
}
