import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProcessIdentity } from './proc.js';

/**
 * What kubelet and shim tell each other, as files in one folder per container:
 * `spec.json` (kubelet, before the start) → `shim.json` (shim, first thing) → `started.json` (shim) → `exit.json` (shim, last thing).
 * Each is written once and appears whole, so that either side may die at any moment.
 */
export interface ContainerRecord {
  readonly id: string;
  readonly sandboxId: string;
  readonly podUid: string;
  readonly namespace: string;
  readonly podName: string;
  readonly name: string;
  readonly attempt: number;
  readonly image: string;
  readonly imageRef: string;
  readonly specHash: string;
  readonly createdAtMs: number;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly stdin: boolean;
  readonly stdinOnce: boolean;
  readonly tty: boolean;
  readonly logPath: string;
  readonly logBytesMax: number;
  readonly logFilesMax: number;
}

export interface StartedRecord {
  readonly container: ProcessIdentity;
  readonly startedAtMs: number;
}

export interface ExitRecord {
  readonly exitCode: number;
  readonly signal: number | undefined;
  readonly reason: string;
  readonly message: string | undefined;
  readonly startedAtMs: number | undefined;
  readonly finishedAtMs: number;
}

export const specFile = 'spec.json';
export const shimFile = 'shim.json';
export const startedFile = 'started.json';
export const exitFile = 'exit.json';

/** Every process of a container inherits this variable, with the container's id as its value. */
export const containerIdVariable = 'FLOTILLA_CONTAINER_ID';

/** @returns undefined when the file is not there (yet) or was cut short by a crash of the machine */
export function readJson<T>(dir: string, file: string): T | undefined {
  try {
    return JSON.parse(readFileSync(join(dir, file), 'utf8')) as T; // only this module's writers write these files
  } catch {
    return undefined;
  }
}

/** The file appears with all of its content or not at all. @throws ENOENT when the folder is gone */
export function writeJson(dir: string, file: string, value: object): void {
  const path = join(dir, file);
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, JSON.stringify(value), { mode: 0o600 });
  renameSync(temporary, path);
}

export function makeDir(dir: string): void {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
}
