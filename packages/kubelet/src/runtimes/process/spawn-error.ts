import { accessSync, constants, statSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** What container runtimes say of a program that cannot be started. */
export function describeSpawnError(
  file: string,
  error: { readonly code?: string | undefined; readonly message: string },
): string {
  if (error.code === 'ENOENT')
    return `exec: "${file}": ${file.includes('/') ? 'no such file or directory' : 'executable file not found in $PATH'}`;
  if (error.code === 'EACCES') return `exec: "${file}": permission denied`;
  return `exec: "${file}": ${error.message}`;
}

/** For what starts programs without telling when it could not: looks as execvp(3) would. @returns what is wrong, if anything is */
export function findSpawnError(file: string, cwd: string, path: string): string | undefined {
  const candidates = file.includes('/') ? [resolve(cwd, file)] : path.split(':').map((folder) => join(folder, file));
  let code = 'ENOENT';
  for (const candidate of candidates) {
    if (statSync(candidate, { throwIfNoEntry: false })?.isFile() !== true) continue;
    try {
      accessSync(candidate, constants.X_OK);
      return undefined;
    } catch {
      code = 'EACCES';
    }
  }
  return describeSpawnError(file, { code, message: '' });
}
