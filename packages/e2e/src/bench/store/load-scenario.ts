import { StoreCluster } from '../../harness/store-cluster.js';
import type { LoadResult } from '../measuring/load-result.js';
import type { Report } from '../measuring/report.js';
import { median } from '../measuring/statistics.js';
import { mebibyte } from '../measuring/units.js';
import type { FaceName } from './faces/face.js';
import type { BenchOptions } from './options.js';
import { fill, roomyFlags, runGenerator, targetOf } from './running.js';
import type { LoadOperation, LoadSpec } from './specs.js';

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
      found.push(await runGenerator<LoadResult>(await specOf(subject, operation, { clients, valueBytes }, options)));
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

async function specOf(
  { cluster, face }: Subject,
  operation: LoadOperation,
  { clients, valueBytes }: Pick<Setting, 'clients' | 'valueBytes'>,
  { connections, keys, seconds, warmUpSeconds }: BenchOptions,
): Promise<LoadSpec> {
  return {
    kind: 'load',
    ...(await targetOf(cluster, face, Math.min(clients, connections))),
    ...{ operation, clients, keys, valueBytes },
    warmUpMs: warmUpSeconds * 1_000,
    measureMs: seconds * 1_000,
  };
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
    'member µs/op': Math.round(over(({ serverCpuUs }) => serverCpuUs)),
    'client µs/op': Math.round(over(({ generatorCpuUs }) => generatorCpuUs)),
    'member MiB': Math.round(over(({ rssBytes }) => rssBytes) / mebibyte),
  };
}
