import type { Latencies } from './statistics.js';
import { type Cost, costBetween, type Stock } from './stock.js';

/** What closed loops came to. Milliseconds, microseconds, bytes. */
export interface LoadResult extends Cost {
  readonly operations: number;
  readonly failures: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
}

/** @param before, after what was used around the operations whose latencies these are */
export function loadResult(latencies: Latencies, failures: number, before: Stock, after: Stock): LoadResult {
  return {
    ...{ operations: latencies.count, failures },
    perSecond: (latencies.count * 1_000) / (after.atMs - before.atMs),
    ...latencies.quantiles(),
    ...costBetween(before, after, latencies.count),
  };
}
