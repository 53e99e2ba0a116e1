import type { ContainerStats } from '../runtime.js';
import { listPids, type ProcessStat, readStat } from './proc.js';

const pageBytes = 4_096;
/** USER_HZ, the unit of times in /proc, is 100 on every architecture that Node.js runs on. */
const nanosPerTick = 10_000_000;

/** Sums up /proc over the session that each container's main process leads. One pass over all processes, made only when somebody asks. */
export function statsOf(
  containers: readonly { readonly id: string; readonly sessionId: number }[],
): ReadonlyMap<string, ContainerStats> {
  const bySession = new Map<number, ProcessStat[]>();
  for (const pid of containers.length === 0 ? [] : listPids()) {
    const stat = readStat(pid);
    if (stat !== undefined) bySession.set(stat.sessionId, [...(bySession.get(stat.sessionId) ?? []), stat]);
  }
  return new Map(
    containers.map(({ id, sessionId }) => {
      const members = bySession.get(sessionId) ?? [];
      const sum = (of: (stat: ProcessStat) => number) => members.reduce((total, stat) => total + of(stat), 0);
      return [
        id,
        {
          cpuNanos: sum((stat) => stat.cpuTicks) * nanosPerTick,
          memoryBytes: sum((stat) => stat.rssPages) * pageBytes,
          processes: members.length,
        },
      ];
    }),
  );
}
