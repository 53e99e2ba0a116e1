import { setTimeout as sleep } from 'node:timers/promises';
import type { Face } from './faces/face.js';
import type { FailoverResult, FailoverSpec } from './specs.js';

export const failoverPrefix = '/bench-failover/';
/** Somebody who was refused tries again after this. */
const retryPauseMs = 10;

export async function generateFailover(face: Face, spec: FailoverSpec): Promise<FailoverResult> {
  const acknowledged: string[] = [];
  const endMs = performance.now() + spec.durationMs;
  const value = Buffer.alloc(256, 'v');
  let failures = 0;
  let longestGapMs = 0;
  let lastMs = performance.now();
  const loops = Array.from({ length: spec.clients }, async (_, client) => {
    // A key is never tried twice: whether a failed put took effect is not known.
    for (let i = 0; performance.now() < endMs; i++) {
      const key = `${failoverPrefix}${client}-${i}`;
      try {
        await face.put(client, Buffer.from(key), value);
        acknowledged.push(key);
        const nowMs = performance.now();
        longestGapMs = Math.max(longestGapMs, nowMs - lastMs);
        lastMs = nowMs;
      } catch {
        failures++;
        await sleep(retryPauseMs);
      }
    }
  });
  await Promise.all(loops);
  return { acknowledged, failures, longestGapMs };
}
