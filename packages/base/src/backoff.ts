import type { Random } from './random.js';

export interface BackoffLimits {
  readonly baseMs: number;
  readonly maxMs: number;
}

/**
 * Exponential delay with equal jitter: half of it fixed, half of it random.
 * @param failures how many attempts in a row have failed, 1 for the first
 * @returns milliseconds in [base/2, maxMs]
 */
export function backoffMs(failures: number, limits: BackoffLimits, random: Random): number {
  const ceilingMs = Math.min(limits.maxMs, limits.baseMs * 2 ** Math.max(0, Math.min(failures, 52) - 1));
  return ceilingMs / 2 + (random.next() * ceilingMs) / 2;
}
