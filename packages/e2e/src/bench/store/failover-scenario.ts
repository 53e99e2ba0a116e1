import { setTimeout as sleep } from 'node:timers/promises';
import { StoreCluster } from '../../harness/store-cluster.js';
import type { Report } from '../measuring/report.js';
import { median } from '../measuring/statistics.js';
import type { FaceName } from './faces/face.js';
import { failoverPrefix } from './generate-failover.js';
import type { BenchOptions } from './options.js';
import { roomyFlags, runGenerator, targetOf } from './running.js';
import type { FailoverResult } from './specs.js';

const killAfterMs = 2_000;
const durationMs = 8_000;
const clients = 64;

/** The leader is killed with SIGKILL under load: for how long is nothing acknowledged, and is all that was still there? */
export async function benchFailover(options: BenchOptions, report: Report): Promise<void> {
  const subjects = options.programs.flatMap((program) =>
    options.faces
      .filter((face) => face === 'grpc' || (face === 'native' && program === 'flotilla'))
      .map((face) => ({ program, face, found: [] as Found[] })),
  );
  for (let round = 0; round < options.rounds; round++) {
    for (const { program, face, found } of subjects) {
      const cluster = await StoreCluster.start({ program, tls: options.tls, flags: roomyFlags });
      try {
        found.push(await killLeader(cluster, face));
      } finally {
        await cluster.wipe();
      }
    }
  }
  for (const { program, face, found } of subjects) {
    report.add({ measure: `leader killed, ${clients} clients`, subject: `${program} ${face}`, figures: figures(found) });
  }
}

interface Found extends FailoverResult {
  readonly lost: number;
}

async function killLeader(cluster: StoreCluster, face: FaceName): Promise<Found> {
  const leader = await cluster.leader();
  const target = await targetOf(cluster, face, 3);
  const running = runGenerator<FailoverResult>({ kind: 'failover', ...target, clients, durationMs });
  await Promise.race([sleep(killAfterMs), running]);
  await leader.kill('SIGKILL');
  const result = await running;
  const survivor = cluster.members.find((member) => member !== leader)!;
  const prefix = Buffer.from(failoverPrefix);
  const end = Buffer.from(failoverPrefix.replace(/\/$/, '0')); // the byte after the slash
  const answer = await survivor.call('/v3/kv/range', {
    key: prefix.toString('base64'),
    range_end: end.toString('base64'),
    keys_only: true,
  });
  const kvs = (answer['kvs'] ?? []) as { readonly key: string }[]; // etcd's RangeResponse
  const present = new Set(kvs.map(({ key }) => Buffer.from(key, 'base64').toString()));
  return { ...result, lost: result.acknowledged.filter((key) => !present.has(key)).length };
}

function figures(found: readonly Found[]): Readonly<Record<string, number>> {
  return {
    'longest gap ms': Math.round(median(found.map(({ longestGapMs }) => longestGapMs))),
    'worst gap ms': Math.round(Math.max(...found.map(({ longestGapMs }) => longestGapMs))),
    acknowledged: median(found.map(({ acknowledged }) => acknowledged.length)),
    failed: median(found.map(({ failures }) => failures)),
    'acknowledged and lost': found.reduce((sum, { lost }) => sum + lost, 0),
  };
}
