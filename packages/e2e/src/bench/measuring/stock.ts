import { processUsage } from './process-usage.js';

/** What one operation cost on average. */
export interface Cost {
  /** CPU time of all servers together. */
  readonly serverCpuUs: number;
  readonly generatorCpuUs: number;
  /** The largest resident size of a server. */
  readonly rssBytes: number;
}

/** What servers and this process have used up to now. */
export interface Stock {
  readonly atMs: number;
  readonly serverCpuMs: number;
  readonly generatorCpuMs: number;
  readonly rssBytes: number;
}

export function takeStock(pids: readonly number[]): Stock {
  const usages = pids.map(processUsage);
  const { user, system } = process.cpuUsage();
  return {
    atMs: performance.now(),
    serverCpuMs: usages.reduce((sum, { cpuMs }) => sum + cpuMs, 0),
    generatorCpuMs: (user + system) / 1_000,
    rssBytes: Math.max(0, ...usages.map(({ rssBytes }) => rssBytes)),
  };
}

export function costBetween(before: Stock, after: Stock, operations: number): Cost {
  return {
    serverCpuUs: ((after.serverCpuMs - before.serverCpuMs) * 1_000) / operations,
    generatorCpuUs: ((after.generatorCpuMs - before.generatorCpuMs) * 1_000) / operations,
    rssBytes: after.rssBytes,
  };
}
