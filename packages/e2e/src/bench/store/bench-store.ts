import { Report } from '../measuring/report.js';
import { benchCheckPerf } from './check-perf.js';
import { benchFailover } from './failover-scenario.js';
import { benchFanOut } from './fan-out-scenario.js';
import { benchLoad } from './load-scenario.js';
import { benchMemory } from './memory-scenario.js';
import { type BenchOptions, parseOptions, type ScenarioName, usage } from './options.js';

const scenarios: Readonly<Record<ScenarioName, (options: BenchOptions, report: Report) => Promise<void>>> = {
  put: (options, report) => benchLoad('put', options, report),
  range: (options, report) => benchLoad('range', options, report),
  txn: (options, report) => benchLoad('txn', options, report),
  'fan-out': benchFanOut,
  failover: benchFailover,
  memory: benchMemory,
  'check-perf': benchCheckPerf,
};

/** Our store and etcd side by side: three members each, on this machine, synced writes, the same keys and values. */
export async function benchStore(args: readonly string[]): Promise<void> {
  if (args.includes('--help')) {
    console.log(usage);
    return;
  }
  const options = parseOptions(args);
  const report = new Report(options.json);
  for (const name of options.only) await scenarios[name](options, report);
  report.end();
}
