import { readFileSync } from 'node:fs';

/** USER_HZ: the kernel's unit in /proc, 100 on every Linux that Node.js runs on. */
const ticksPerSecond = 100;

export interface Usage {
  /** Since the process began, on all cores. */
  readonly cpuMs: number;
  readonly rssBytes: number;
}

/** What a process has used, from /proc. */
export function processUsage(pid: number): Usage {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const rss = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return {
    cpuMs: ((Number(fields[11]) + Number(fields[12])) / ticksPerSecond) * 1_000,
    rssBytes: Number(rss ?? 0) * 1_024,
  };
}
