import { processUsage } from './process-usage.js';
import type { Cost } from './specs.js';

/** What members and this process have used up to now. */
export interface Stock {
  readonly atMs: number;
  readonly memberCpuMs: number;
  readonly generatorCpuMs: number;
  readonly rssBytes: number;
}

export function takeStock(pids: readonly number[]): Stock {
  const usages = pids.map(processUsage);
  const { user, system } = process.cpuUsage();
  return {
    atMs: performance.now(),
    memberCpuMs: usages.reduce((sum, { cpuMs }) => sum + cpuMs, 0),
    generatorCpuMs: (user + system) / 1_000,
    rssBytes: Math.max(0, ...usages.map(({ rssBytes }) => rssBytes)),
  };
}

export function costBetween(before: Stock, after: Stock, operations: number): Cost {
  return {
    memberCpuUs: ((after.memberCpuMs - before.memberCpuMs) * 1_000) / operations,
    generatorCpuUs: ((after.generatorCpuMs - before.generatorCpuMs) * 1_000) / operations,
    rssBytes: after.rssBytes,
  };
}
