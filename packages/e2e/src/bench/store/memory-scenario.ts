import { setTimeout as sleep } from 'node:timers/promises';
import { output } from '../../harness/command.js';
import { eventually } from '../../harness/eventually.js';
import { StoreCluster, type StoreMember } from '../../harness/store-cluster.js';
import { processUsage } from '../measuring/process-usage.js';
import type { Report } from '../measuring/report.js';
import { median } from '../measuring/statistics.js';
import { mebibyte } from '../measuring/units.js';
import type { BenchOptions } from './options.js';
import { fill, roomyFlags } from './running.js';
import { benchKey } from './specs.js';

const valueBytes = 1_024;
/** Garbage is collected, and logs are compacted, meanwhile. */
const settleMs = 10_000;

/** What members need with nothing and with many keys in them, and how soon they answer after a `kill -9`. */
export async function benchMemory(options: BenchOptions, report: Report): Promise<void> {
  const { programs, memoryKeys: keys } = options;
  for (const program of programs) {
    const cluster = await StoreCluster.start({ program, tls: options.tls, flags: roomyFlags });
    try {
      await sleep(options.settle ? settleMs : 0);
      const idle = largest(cluster);
      await fill(cluster, keys, valueBytes);
      await sleep(options.settle ? settleMs : 0);
      const full = largest(cluster);
      const restarts: number[] = [];
      for (let round = 0; round < options.rounds; round++) restarts.push(await restartFollower(cluster));
      const all = await restartAll(cluster);
      report.add({
        measure: `${keys} × ${valueBytes} B`,
        subject: program,
        figures: {
          'idle MiB': idle,
          'full MiB': full,
          'restarted MiB': largest(cluster),
          'disk MiB': (await diskBytes(cluster)) / 3 / mebibyte,
          'one restarted s': median(restarts) / 1_000,
          'all restarted s': all / 1_000,
        },
      });
    } finally {
      await cluster.wipe();
    }
  }
}

/** The resident size of the largest member, MiB. */
function largest({ pids }: StoreCluster): number {
  return Math.round(Math.max(...pids.map((pid) => processUsage(pid).rssBytes)) / mebibyte);
}

/** @returns milliseconds from the start of the process to its first linearizable answer */
async function restartFollower(cluster: StoreCluster): Promise<number> {
  const leader = await cluster.leader();
  const follower = cluster.members.find((member) => member !== leader)!;
  await follower.kill('SIGKILL');
  const beganMs = performance.now();
  follower.start();
  await answers(follower);
  return performance.now() - beganMs;
}

async function restartAll(cluster: StoreCluster): Promise<number> {
  await Promise.all(cluster.members.map((member) => member.kill('SIGKILL')));
  const beganMs = performance.now();
  for (const member of cluster.members) member.start();
  await Promise.any(cluster.members.map(answers));
  return performance.now() - beganMs;
}

async function answers(member: StoreMember): Promise<void> {
  const key = benchKey(1).toString('base64');
  await eventually(`${member.name} answers`, async () => {
    const { count } = await member.call('/v3/kv/range', { key });
    if (count !== '1') throw new Error('the key is not there');
  });
}

async function diskBytes({ folder }: StoreCluster): Promise<number> {
  return Number((await output('du', ['-s', '--block-size=1', folder])).split('\t')[0]);
}
