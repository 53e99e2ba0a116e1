import { randomFillSync } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type LoadResult, loadResult } from '../measuring/load-result.js';
import { Latencies } from '../measuring/statistics.js';
import { takeStock } from '../measuring/stock.js';
import type { Face } from './faces/face.js';
import { benchKey, type LoadSpec } from './specs.js';

/** Different values, made ahead: making one takes longer than sending it. */
const valueCount = 64;
/** A server that has run for a while has its code compiled: one client alone would measure the compiler for minutes. */
const warmUpClientsMin = 64;
/** A refused request must not spin. */
const failurePauseMs = 10;

interface Run {
  warm: boolean;
  measuring: boolean;
  done: boolean;
  readonly latencies: Latencies;
  failures: number;
}

export async function generateLoad(face: Face, spec: LoadSpec): Promise<LoadResult> {
  const fills = spec.operation === 'fill';
  const run: Run = { warm: fills, measuring: fills, done: false, latencies: new Latencies(), failures: 0 };
  const operate = operation(face, spec, run);
  let before = takeStock(spec.pids);
  const warmUpClients = fills ? 0 : Math.max(0, warmUpClientsMin - spec.clients);
  const warmUps = Array.from({ length: warmUpClients }, (_, i) => loop(spec.clients + i, run, operate, () => run.warm));
  const loops = Array.from({ length: spec.clients }, (_, client) => loop(client, run, operate, () => run.done));
  if (!fills) {
    await sleep(spec.warmUpMs);
    run.warm = true;
    await Promise.all(warmUps);
    before = takeStock(spec.pids);
    run.measuring = true;
    await sleep(spec.measureMs);
    run.measuring = false;
  } else await Promise.all(loops);
  const after = takeStock(spec.pids);
  run.done = true;
  await Promise.all(loops);
  const { latencies, failures } = run;
  return loadResult(latencies, failures, before, after);
}

async function loop(
  client: number,
  run: Run,
  operate: (client: number) => Promise<unknown>,
  ended: () => boolean,
): Promise<void> {
  while (!ended()) {
    const beganMs = performance.now();
    try {
      await operate(client);
      if (run.measuring) run.latencies.add(performance.now() - beganMs);
    } catch {
      run.failures++;
      await sleep(failurePauseMs);
    }
  }
}

function operation(face: Face, spec: LoadSpec, run: Run): (client: number) => Promise<unknown> {
  const keys = Array.from({ length: spec.keys }, (_, i) => benchKey(i));
  const values = Array.from({ length: valueCount }, () => randomFillSync(Buffer.alloc(spec.valueBytes)));
  const any = <T>(list: readonly T[]): T => list[Math.floor(Math.random() * list.length)]!;
  if (spec.operation === 'put') return (client) => face.put(client, any(keys), any(values));
  if (spec.operation === 'range') return (client) => face.range(client, any(keys));
  if (spec.operation === 'fill') {
    let next = 0;
    return (client) => {
      const key = keys[next++]!;
      if (next === keys.length) run.done = true;
      return face.put(client, key, any(values));
    };
  }
  const revisions: number[] = [];
  return async (client) => {
    // A key of the client's own: what is measured is the transaction, not how often two collide.
    const key = Buffer.from(`/bench-txn/${spec.face}-${process.pid}-${client}`);
    revisions[client] = await face.compareAndSwap(client, key, revisions[client] ?? 0, any(values));
  };
}
