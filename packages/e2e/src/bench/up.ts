import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { TestCluster } from '../harness/cluster.js';

/** Until code is compiled and caches are as large as they get. */
const settleMs = 60_000;
const idleMs = 30_000;
/** USER_HZ: the kernel's unit in /proc, 100 on every Linux that Node.js runs on. */
const ticksPerSecond = 100;

/**
 * How long a new cluster takes from `up` to the example's answer, on a built tree, and what the whole of it uses when nobody
 * asks anything of it: CPU of one core, and memory, pods and their shims included.
 * @param args the number of runs, 5 by default
 */
export async function benchUp([runs = '5']: readonly string[]): Promise<void> {
  const seconds: number[] = [];
  for (let run = 1; run <= Number(runs); run++) {
    const beganMs = performance.now();
    const cluster = await TestCluster.start();
    seconds.push((performance.now() - beganMs) / 1_000);
    console.log(`run ${run}: ${seconds.at(-1)?.toFixed(1)} s`);
    try {
      if (run === Number(runs)) await measureIdle(cluster);
    } finally {
      await cluster.wipe();
    }
  }
  seconds.sort((a, b) => a - b);
  const median = seconds[Math.floor(seconds.length / 2)] ?? Number.NaN;
  console.log(
    `up to the example's answer: median ${median.toFixed(1)} s, ${seconds[0]?.toFixed(1)}–${seconds.at(-1)?.toFixed(1)} s`,
  );
}

async function measureIdle(cluster: TestCluster): Promise<void> {
  await sleep(settleMs);
  const before = usage(cluster.stateDir);
  await sleep(idleMs);
  const after = usage(cluster.stateDir);
  const rows = [...after].map(([pid, { name, ticks, rssBytes }]) => {
    const percent = (((ticks - (before.get(pid)?.ticks ?? 0)) / ticksPerSecond) * 100_000) / idleMs;
    return { name, percent, rssBytes };
  });
  for (const { name, percent, rssBytes } of rows.sort((a, b) => b.percent - a.percent)) {
    console.log(`${name.padEnd(24)} ${percent.toFixed(2).padStart(6)} % ${(rssBytes / 1_048_576).toFixed(0).padStart(5)} MiB`);
  }
  const total = rows.reduce((sum, row) => ({ percent: sum.percent + row.percent, rss: sum.rss + row.rssBytes }), {
    percent: 0,
    rss: 0,
  });
  console.log(
    `idle: ${total.percent.toFixed(1)} % of one core, ${(total.rss / 1_048_576).toFixed(0)} MiB in ${rows.length} processes`,
  );
}

interface Usage {
  readonly name: string;
  readonly ticks: number;
  readonly rssBytes: number;
}

/** Every process of the cluster: those that name its folder, and their descendants. */
function usage(stateDir: string): Map<number, Usage> {
  const parents = new Map<number, number>();
  const found = new Map<number, Usage>();
  const pids = readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .sort((a, b) => a - b);
  for (const pid of pids) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const fields = stat
        .slice(stat.lastIndexOf(')') + 2)
        .split(' ')
        .map(Number);
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      const environ = readFileSync(`/proc/${pid}/environ`, 'utf8');
      const parent = fields[1] ?? 0;
      parents.set(pid, parent);
      const belongs = command.includes(stateDir) || environ.includes(stateDir) || found.has(parent);
      if (!belongs || pid === process.pid) continue;
      const rss = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
      const name = /--name=(\S+)|--hostname-override=(\S+)/.exec(command);
      const component = /main\.js (\S+)/.exec(command)?.[1] ?? 'pod';
      found.set(pid, {
        name: `${component} ${name?.[1] ?? name?.[2] ?? ''}`,
        ticks: (fields[11] ?? 0) + (fields[12] ?? 0),
        rssBytes: Number(rss ?? 0) * 1_024,
      });
    } catch {
      // Ended while it was looked at.
    }
  }
  return found;
}
