import { mkdir, readFile, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { VolumeError, type VolumeFile } from './payload.js';

/**
 * Replaces the files of a volume all at once, as Kubernetes does: they live in a folder of their own, `..data` is a symbolic link to it,
 * and each visible name is a link through `..data`. Moving that one link is the change. @returns whether anything changed
 */
export async function writeAtomically(dir: string, files: readonly VolumeFile[], version: string): Promise<boolean> {
  for (const { path } of files) checkPath(path);
  const current = await readlink(join(dir, '..data')).catch(() => undefined);
  if (current !== undefined && (await sameFiles(join(dir, current), files))) return false;
  const folder = `..${version}`;
  await mkdir(join(dir, folder), { recursive: true, mode: 0o755 });
  await Promise.all(files.map((file) => writeOne(join(dir, folder), file)));
  await writeFile(join(dir, folder, namesFile), JSON.stringify(files.map(({ path }) => path).sort()));
  await replaceLink(join(dir, '..data'), folder);
  const visible = new Set(files.map(({ path }) => path.split('/', 1)[0] ?? path));
  await Promise.all([...visible].map((name) => replaceLink(join(dir, name), join('..data', name))));
  if (current === undefined) return true;
  const before = await readNames(join(dir, current));
  const goneNames = new Set(before.map((path) => path.split('/', 1)[0] ?? path).filter((name) => !visible.has(name)));
  await Promise.all([...goneNames].map((name) => rm(join(dir, name), { force: true })));
  await rm(join(dir, current), { recursive: true, force: true });
  return true;
}

/** Whether the volume has been written completely before. */
export async function isWritten(dir: string): Promise<boolean> {
  return (await readlink(join(dir, '..data')).catch(() => undefined)) !== undefined;
}

/** What the folder holds, for the next comparison. */
const namesFile = '..names';

async function writeOne(folder: string, { path, data, mode }: VolumeFile): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true, mode: 0o755 });
  await writeFile(join(folder, path), data, { mode });
}

async function replaceLink(path: string, target: string): Promise<void> {
  if ((await readlink(path).catch(() => undefined)) === target) return;
  await rm(`${path}.tmp`, { force: true });
  await symlink(target, `${path}.tmp`);
  await rename(`${path}.tmp`, path);
}

async function sameFiles(folder: string, files: readonly VolumeFile[]): Promise<boolean> {
  const names = await readNames(folder);
  if (JSON.stringify(names) !== JSON.stringify(files.map(({ path }) => path).sort())) return false;
  const same = await Promise.all(
    files.map(async ({ path, data }) => (await readFile(join(folder, path)).catch(() => undefined))?.equals(data)),
  );
  return same.every((one) => one === true);
}

async function readNames(folder: string): Promise<string[]> {
  const text = await readFile(join(folder, namesFile), 'utf8').catch(() => '[]');
  return JSON.parse(text) as string[]; // only written above
}

/** @throws VolumeError for a path that would leave the volume */
function checkPath(path: string): void {
  const clean = normalize(path);
  if (path === '' || clean.startsWith('/') || clean.split('/').some((part) => part.startsWith('..')))
    throw new VolumeError(`invalid path: ${path}`);
}
