import { randomFillSync } from 'node:crypto';
import { defined } from '@flotilla/base';
import type { Face, FaceOptions } from './faces/face.js';
import { openGrpcFace } from './faces/grpc-face.js';
import { openJsonFace } from './faces/json-face.js';
import { openNativeFace } from './faces/native-face.js';
import { benchKey, type LoadResult, type LoadSpec } from './load.js';
import { processUsage } from './process-usage.js';
import { Latencies, quantile } from './statistics.js';

const faces = { native: openNativeFace, grpc: openGrpcFace, json: openJsonFace } as const;

/** Different values, made ahead: making one takes longer than sending it. */
const valueCount = 64;

/**
 * The load generator: a process of its own, so that its work and its pauses are not the benchmark's, and its CPU can be told.
 * Started with a LoadSpec as its one argument; prints a LoadResult.
 */
const spec = JSON.parse(defined(process.argv[2], 'a specification is given')) as LoadSpec; // ours
const options: FaceOptions = {
  endpoints: spec.endpoints,
  connections: spec.face === 'json' ? spec.clients : spec.connections,
  credentials: spec.credentials,
};
const face = await faces[spec.face](options);
const result = await generate(face);
await face.close();
console.log(JSON.stringify(result));

async function generate(target: Face): Promise<LoadResult> {
  const keys = Array.from({ length: spec.keys }, (_, i) => benchKey(i));
  const values = Array.from({ length: valueCount }, () => randomFillSync(Buffer.alloc(spec.valueBytes)));
  const operate = operation(target, keys, values);
  const run = { measuring: false, done: false, latencies: new Latencies(), failures: 0 };
  const loops = Array.from({ length: spec.clients }, (_, client) => loop(client, run, operate));
  await sleep(spec.warmUpMs);
  const before = takeStock();
  run.measuring = true;
  await sleep(spec.measureMs);
  run.measuring = false;
  const after = takeStock();
  run.done = true;
  await Promise.all(loops);
  return summarise(run, before, after);
}

interface Run {
  measuring: boolean;
  done: boolean;
  readonly latencies: Latencies;
  failures: number;
}

async function loop(client: number, run: Run, operate: (client: number) => Promise<unknown>): Promise<void> {
  while (!run.done) {
    const beganMs = performance.now();
    try {
      await operate(client);
      if (run.measuring) run.latencies.add(performance.now() - beganMs);
    } catch {
      run.failures++;
      await sleep(10); // a refused request must not spin
    }
  }
}

function operation(target: Face, keys: readonly Buffer[], values: readonly Buffer[]): (client: number) => Promise<unknown> {
  const any = <T>(list: readonly T[]): T => list[Math.floor(Math.random() * list.length)]!;
  if (spec.operation === 'put') return (client) => target.put(client, any(keys), any(values));
  if (spec.operation === 'range') return (client) => target.range(client, any(keys));
  const revisions = Array.from({ length: spec.clients }, () => 0);
  return async (client) => {
    // A key of the client's own: what is measured is the transaction, not how often two collide.
    const key = Buffer.from(`/bench-txn/${spec.face}-${process.pid}-${client}`);
    revisions[client] = await target.compareAndSwap(client, key, revisions[client]!, any(values));
  };
}

interface Stock {
  readonly atMs: number;
  readonly memberCpuMs: number;
  readonly generatorCpuMs: number;
  readonly rssBytes: number;
}

function takeStock(): Stock {
  const usages = spec.pids.map(processUsage);
  const { user, system } = process.cpuUsage();
  return {
    atMs: performance.now(),
    memberCpuMs: usages.reduce((sum, { cpuMs }) => sum + cpuMs, 0),
    generatorCpuMs: (user + system) / 1_000,
    rssBytes: Math.max(0, ...usages.map(({ rssBytes }) => rssBytes)),
  };
}

function summarise({ latencies, failures }: Run, before: Stock, after: Stock): LoadResult {
  const sorted = latencies.sorted();
  const operations = latencies.count;
  return {
    ...{ operations, failures },
    perSecond: (operations * 1_000) / (after.atMs - before.atMs),
    ...{ p50Ms: quantile(sorted, 0.5), p99Ms: quantile(sorted, 0.99), p999Ms: quantile(sorted, 0.999) },
    memberCpuUs: ((after.memberCpuMs - before.memberCpuMs) * 1_000) / operations,
    generatorCpuUs: ((after.generatorCpuMs - before.generatorCpuMs) * 1_000) / operations,
    rssBytes: after.rssBytes,
  };
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
