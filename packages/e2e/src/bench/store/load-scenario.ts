import { fileURLToPath } from 'node:url';
import { output } from '../../harness/command.js';
import { StoreCluster } from '../../harness/store-cluster.js';
import type { FaceName } from './faces/face.js';
import { benchKey, type LoadOperation, type LoadResult, type LoadSpec } from './load.js';
import type { BenchOptions } from './options.js';
import type { Report } from './report.js';
import { median } from './statistics.js';

const generator = fileURLToPath(new URL('./generator.js', import.meta.url));
const warmUpMs = 1_000;
const mebibyte = 1_048_576;

/** A member's data may grow to this: a benchmark is not to be stopped by the quota. */
export const roomyFlags = [`--quota-backend-bytes=${8 * 1_024 * mebibyte}`];

interface Subject {
  readonly cluster: StoreCluster;
  readonly face: FaceName;
}

/**
 * One operation in closed loops, on all faces of all clusters in turn, round by round, so that whatever else the machine does
 * hits all of them alike. Clusters are new for each size of values.
 */
export async function benchLoad(operation: LoadOperation, options: BenchOptions, report: Report): Promise<void> {
  for (const valueBytes of options.valueBytes) {
    const clusters: StoreCluster[] = [];
    try {
      for (const program of options.programs) {
        clusters.push(await StoreCluster.start({ program, tls: options.tls, flags: roomyFlags }));
      }
      if (operation === 'range') for (const cluster of clusters) await fill(cluster, options.keys, valueBytes);
      const subjects = clusters.flatMap((cluster) => facesOf(cluster, options).map((face) => ({ cluster, face })));
      for (const clients of options.clients) await measure(operation, { subjects, clients, valueBytes }, options, report);
    } finally {
      for (const cluster of clusters) await cluster.wipe();
    }
  }
}

function facesOf({ program }: StoreCluster, { faces }: BenchOptions): readonly FaceName[] {
  return program === 'etcd' ? faces.filter((face) => face !== 'native') : faces;
}

interface Setting {
  readonly subjects: readonly Subject[];
  readonly clients: number;
  readonly valueBytes: number;
}

async function measure(
  operation: LoadOperation,
  { subjects, clients, valueBytes }: Setting,
  options: BenchOptions,
  report: Report,
): Promise<void> {
  const results = new Map<Subject, LoadResult[]>(subjects.map((subject) => [subject, []]));
  for (let round = 0; round < options.rounds; round++) {
    for (const [subject, found] of results) {
      found.push(await runGenerator(specOf(subject, operation, { clients, valueBytes }, options)));
    }
  }
  for (const [{ cluster, face }, found] of results) {
    report.add({
      measure: `${operation} ${clients} × ${valueBytes} B`,
      subject: `${cluster.program} ${face}`,
      figures: figures(found),
    });
  }
}

function specOf(
  { cluster, face }: Subject,
  operation: LoadOperation,
  { clients, valueBytes }: Pick<Setting, 'clients' | 'valueBytes'>,
  options: BenchOptions,
): LoadSpec {
  const { tls, ca, endpoints, pids } = cluster;
  return {
    ...{ face, operation, endpoints, pids, clients, valueBytes, warmUpMs },
    ...(tls === undefined || ca === undefined ? {} : { credentials: { ca, cert: tls.cert, key: tls.key } }),
    connections: Math.min(clients, options.connections),
    keys: options.keys,
    measureMs: options.seconds * 1_000,
  };
}

async function runGenerator(spec: LoadSpec): Promise<LoadResult> {
  const timeoutMs = spec.measureMs + 120_000;
  return JSON.parse(await output(process.execPath, [generator, JSON.stringify(spec)], { timeoutMs })) as LoadResult;
}

/** Medians over the rounds. CPU is for one operation, all members together. */
function figures(results: readonly LoadResult[]): Readonly<Record<string, number>> {
  const over = (figure: (result: LoadResult) => number) => median(results.map(figure));
  return {
    'ops/s': Math.round(over(({ perSecond }) => perSecond)),
    'p50 ms': over(({ p50Ms }) => p50Ms),
    'p99 ms': over(({ p99Ms }) => p99Ms),
    'p99.9 ms': over(({ p999Ms }) => p999Ms),
    failed: results.reduce((sum, { failures }) => sum + failures, 0),
    'member µs/op': Math.round(over(({ memberCpuUs }) => memberCpuUs)),
    'client µs/op': Math.round(over(({ generatorCpuUs }) => generatorCpuUs)),
    'member MiB': Math.round(over(({ rssBytes }) => rssBytes) / mebibyte),
  };
}

/** Puts every key once, by transactions of many through the JSON gateway: as fast on both. */
async function fill(cluster: StoreCluster, keys: number, valueBytes: number): Promise<void> {
  const value = Buffer.alloc(valueBytes, 'v').toString('base64');
  const perTransaction = 100; // etcd's default allows 128
  const member = cluster.members[0]!;
  for (let from = 0; from < keys; from += perTransaction) {
    const count = Math.min(perTransaction, keys - from);
    const success = Array.from({ length: count }, (_, i) => ({
      request_put: { key: benchKey(from + i).toString('base64'), value },
    }));
    await member.call('/v3/kv/txn', { success }, 30_000);
  }
}
