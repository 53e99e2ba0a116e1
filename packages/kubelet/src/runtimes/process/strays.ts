import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { type Clock, sleep } from '@flotilla/base';
import { containerIdVariable } from './container-files.js';
import { identify, isAlive, listPids, type ProcessIdentity, pidsWithEnvironment, signalQuietly } from './proc.js';

const pollMs = 50;

interface Stray {
  readonly containerId: string;
  readonly shim: ProcessIdentity;
}

/**
 * Ends containers that still run although their records are gone: somebody deleted the folder under a running kubelet.
 * Only their shims' command lines tell of them then.
 * @param dir the folder that had a folder per container
 * @returns how many there were
 */
export async function stopStrays(dir: string, graceMs: number, clock: Clock): Promise<number> {
  const strays = listPids().flatMap((pid) => strayOf(pid, dir));
  for (const { shim } of strays) signalQuietly(shim.pid, 'SIGTERM'); // it hands the signal on
  const deadlineMs = clock.monotonicMs() + graceMs;
  while (strays.some(({ shim }) => isAlive(shim)) && clock.monotonicMs() < deadlineMs) await sleep(clock, pollMs);
  for (const { shim, containerId } of strays) {
    for (const pid of pidsWithEnvironment(`${containerIdVariable}=${containerId}`)) signalQuietly(pid, 'SIGKILL');
    if (isAlive(shim)) signalQuietly(shim.pid, 'SIGKILL');
  }
  return strays.length;
}

function strayOf(pid: number, dir: string): readonly Stray[] {
  const folder = argumentsOf(pid).find((argument) => dirname(argument) === dir);
  const shim = identify(pid);
  if (folder === undefined || shim === undefined || existsSync(folder)) return [];
  return [{ containerId: basename(folder), shim }];
}

function argumentsOf(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return []; // gone meanwhile
  }
}
