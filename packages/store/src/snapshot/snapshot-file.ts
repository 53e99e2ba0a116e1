import { createReadStream } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { snapshotBlobBytes } from '../limits.js';
import { TrailingDigest } from './trailing-digest.js';

/** Added to the name of a file that is still being written. */
export const partSuffix = '.part';

/**
 * Writes a snapshot to `path`, checking it on the way. It appears there whole and durable, or not at all.
 * @throws SnapshotFormatError when what comes is no whole snapshot, the operating system's errors, and those of `blobs`
 */
export async function writeSnapshotFile(path: string, blobs: AsyncIterable<Uint8Array>): Promise<void> {
  const part = `${path}${partSuffix}`;
  try {
    const file = await open(part, 'w', 0o600);
    try {
      await writeAll(file, blobs);
    } finally {
      await file.close();
    }
    await rename(part, path);
    await syncFolder(dirname(path));
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}

async function writeAll(file: FileHandle, blobs: AsyncIterable<Uint8Array>): Promise<void> {
  const digest = new TrailingDigest();
  for await (const blob of blobs) {
    digest.update(blob);
    await file.writeFile(blob); // all of it, where `write` may stop short
  }
  digest.verify();
  await file.sync();
}

export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

export function readSnapshotFile(path: string): AsyncIterable<Buffer> {
  return createReadStream(path, { highWaterMark: snapshotBlobBytes });
}

/** @throws SnapshotFormatError when the file does not match its digest */
export async function verifySnapshotFile(path: string): Promise<void> {
  const digest = new TrailingDigest();
  for await (const blob of readSnapshotFile(path)) digest.update(blob);
  digest.verify();
}
