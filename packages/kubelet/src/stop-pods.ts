import { existsSync } from 'node:fs';
import { type Clock, silentLogger } from '@flotilla/base';
import { logBytesMax, logFilesMax } from './limits.js';
import { containersDir, ProcessRuntime } from './runtimes/process/process-runtime.js';
import { stopStrays } from './runtimes/process/strays.js';
import { StopDeadline } from './runtimes/runtime.js';

/** How long containers may take to end by themselves. */
const graceMs = 2_000;

/**
 * Ends every container of a root folder without asking anybody. Their records stay: the next kubelet finds them ended and starts them again.
 * Containers whose records somebody deleted are ended too.
 * @returns how many were running
 */
export async function stopPods(runtimeDir: string, { clock }: { readonly clock: Clock }): Promise<number> {
  const stray = await stopStrays(containersDir(runtimeDir), graceMs, clock);
  if (!existsSync(runtimeDir)) return stray;
  const runtime = new ProcessRuntime({ dir: runtimeDir, imageCatalogs: [], logBytesMax, logFilesMax, clock, log: silentLogger });
  const running = (await runtime.listContainers()).filter(({ state }) => state !== 'CONTAINER_EXITED');
  const deadline = new StopDeadline(clock.monotonicMs() + graceMs);
  await Promise.all(running.map(({ id }) => runtime.stopContainer(id, deadline)));
  await runtime.close();
  return stray + running.length;
}
