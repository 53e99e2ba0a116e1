import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Clock, sleep } from '@flotilla/base';
import { stageProbeIntervalMs, stopGraceMs } from './limits.js';
import { isAlive, type ProcessIdentity, readIdentity, signalProcess } from './process-identity.js';

/** Ends the processes that pid files name and a supervisor that was killed left behind. */
export async function endLeftovers(pidFolder: string, clock: Clock): Promise<number> {
  const left = readPidFiles(pidFolder).filter(isAlive);
  for (const identity of left) signalProcess(identity, 'SIGTERM');
  const deadlineMs = clock.monotonicMs() + stopGraceMs;
  while (left.some(isAlive) && clock.monotonicMs() < deadlineMs) await sleep(clock, stageProbeIntervalMs);
  for (const identity of left) signalProcess(identity, 'SIGKILL');
  return left.length;
}

function readPidFiles(folder: string): ProcessIdentity[] {
  const files = readdirSync(folder).filter((file) => file.endsWith('.pid'));
  return files.map((file) => readIdentity(join(folder, file))).filter((identity) => identity !== undefined);
}
