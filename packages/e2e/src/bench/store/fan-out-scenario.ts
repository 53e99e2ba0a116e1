import { StoreCluster } from '../../harness/store-cluster.js';
import type { Report } from '../measuring/report.js';
import { median } from '../measuring/statistics.js';
import { mebibyte } from '../measuring/units.js';
import type { BenchOptions } from './options.js';
import { roomyFlags, runGenerator, targetOf } from './running.js';
import type { FanOutResult, FanOutSpec } from './specs.js';

const connections = 10;
/** For each event that is measured. Without, the few slowest of a thousand would be those that met code not yet compiled. */
const warmUpShare = 0.1;
/** One by one tells how fast an event arrives, many at once how many arrive in a second. */
const windows = [1, 16];

/** Watchers of one prefix, a hundred a connection, and puts that all of them have to hear of. */
export async function benchFanOut(options: BenchOptions, report: Report): Promise<void> {
  const { programs, tls } = options;
  for (const window of windows) {
    const clusters: StoreCluster[] = [];
    try {
      for (const program of programs) clusters.push(await StoreCluster.start({ program, tls, flags: roomyFlags }));
      const specs = (await Promise.all(clusters.map((cluster) => specsOf(cluster, window, options)))).flat();
      const results = specs.map((): FanOutResult[] => []);
      for (let round = 0; round < options.rounds; round++) {
        for (const [i, { spec }] of specs.entries()) results[i]!.push(await runGenerator<FanOutResult>(spec));
      }
      for (const [i, { subject }] of specs.entries()) {
        const measure = `${options.watchers} watchers, ${window} at once`;
        report.add({ measure, subject, figures: figures(results[i]!) });
      }
    } finally {
      for (const cluster of clusters) await cluster.wipe();
    }
  }
}

async function specsOf(cluster: StoreCluster, window: number, { watchers, faces }: BenchOptions) {
  const served = faces.filter((face) => face === 'grpc' || (face === 'native' && cluster.program !== 'etcd'));
  return Promise.all(
    served.map(async (face) => {
      const target = await targetOf(cluster, face, connections);
      const spec: FanOutSpec = {
        kind: 'fan-out',
        ...target,
        watchers,
        warmUpEvents: watchers * warmUpShare,
        events: watchers,
        window,
      };
      return { subject: `${cluster.program} ${face}`, spec };
    }),
  );
}

/** Medians over the rounds; an operation is one event at one watcher. */
function figures(results: readonly FanOutResult[]): Readonly<Record<string, number>> {
  const over = (figure: (result: FanOutResult) => number) => median(results.map(figure));
  return {
    'events/s': Math.round(over(({ perSecond }) => perSecond)),
    'p50 ms': over(({ p50Ms }) => p50Ms),
    'p99 ms': over(({ p99Ms }) => p99Ms),
    'p99.9 ms': over(({ p999Ms }) => p999Ms),
    'member µs/event': over(({ serverCpuUs }) => serverCpuUs),
    'client µs/event': over(({ generatorCpuUs }) => generatorCpuUs),
    'member MiB': Math.round(over(({ rssBytes }) => rssBytes) / mebibyte),
  };
}
