import { existsSync } from 'node:fs';
import { run } from '../../harness/command.js';
import { StoreCluster } from '../../harness/store-cluster.js';
import { processUsage } from '../measuring/process-usage.js';
import type { Report } from '../measuring/report.js';
import { mebibyte } from '../measuring/units.js';
import type { BenchOptions } from './options.js';
import { roomyFlags } from './running.js';

const etcdctl = '/usr/bin/etcdctl';
/** It writes for a minute, then deletes what it wrote. */
const timeoutMs = 240_000;

/** etcd's own client and load: `etcdctl check perf`, on both. */
export async function benchCheckPerf({ programs, loads, tls }: BenchOptions, report: Report): Promise<void> {
  if (!existsSync(etcdctl)) {
    report.note('check-perf: there is no etcdctl');
    return;
  }
  for (const load of loads) {
    for (const program of programs) {
      const cluster = await StoreCluster.start({ program, tls, flags: roomyFlags });
      try {
        const before = cluster.pids.map(processUsage);
        const text = await checkPerf(cluster, load);
        const after = cluster.pids.map(processUsage);
        const perSecond = figure(text, /Throughput(?: is|.*:) (\d+) writes\/s/);
        const cpuMs = after.reduce((sum, { cpuMs: ms }, i) => sum + ms - before[i]!.cpuMs, 0);
        report.add({
          measure: `etcdctl check perf --load=${load}`,
          subject: `${program} etcdctl`,
          figures: {
            'ops/s': perSecond,
            'slowest s': figure(text, /Slowest request took(?: too long:)? ([\d.]+)s/),
            'stddev s': figure(text, /Stddev(?: is| too high:) ([\d.]+)s/),
            pass: text.includes('\nPASS') && !text.includes('FAIL') ? 1 : 0,
            'member µs/op': Math.round((cpuMs * 1_000) / (perSecond * 60)),
            'member MiB': Math.round(Math.max(...after.map(({ rssBytes }) => rssBytes)) / mebibyte),
          },
        });
      } finally {
        await cluster.wipe();
      }
    }
  }
}

async function checkPerf(cluster: StoreCluster, load: string): Promise<string> {
  const { tls, caFile } = cluster;
  const security =
    tls === undefined || caFile === undefined ? [] : [`--cacert=${caFile}`, `--cert=${tls.certFile}`, `--key=${tls.keyFile}`];
  const args = [`--endpoints=${cluster.endpoints.join(',')}`, ...security, 'check', 'perf', `--load=${load}`];
  const { stdout, stderr } = await run(etcdctl, args, { timeoutMs, env: { ETCDCTL_API: '3' } });
  return `\n${stdout}${stderr}`; // it exits with 1 when the load's figure is not reached
}

function figure(text: string, pattern: RegExp): number {
  return Number(pattern.exec(text)?.[1] ?? Number.NaN);
}
