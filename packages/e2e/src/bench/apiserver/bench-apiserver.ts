import { processUsage } from '../measuring/process-usage.js';
import { Report } from '../measuring/report.js';
import { runGenerator as runGeneratorOf } from '../measuring/run-generator.js';
import { mebibyte } from '../measuring/units.js';
import { benchNamespace } from './bench-pod.js';
import { open } from './generate-load.js';
import { type BenchOptions, parseOptions, usage } from './options.js';
import { ServerUnderTest } from './server-under-test.js';
import type { GeneratorSpec, LoadSpec, Operation, RequestsResult, Target, WatchersResult } from './specs.js';

const generator = new URL('./generator.js', import.meta.url);
const fillConnections = 64;
/** Of one pod, to one set of watchers. */
const changes = 40;
/** Watches that share a connection: about as many as a kubelet has, one for each ConfigMap and Secret of its pods. */
const sharing = 50;

/** In this order: later ones need the pods of the first, and the last takes them away. */
const loads: readonly { readonly operation: Operation; readonly connections: number; readonly measure: string }[] = [
  { operation: 'create', connections: 64, measure: 'create, 64 connections' },
  { operation: 'get', connections: 64, measure: 'GET one pod, 64' },
  { operation: 'get', connections: 1, measure: 'GET one pod, 1' },
  { operation: 'list', connections: 4, measure: 'LIST all, 4' },
  { operation: 'group', connections: 16, measure: 'LIST by label, 16' },
  { operation: 'patch', connections: 64, measure: 'merge patch, 64' },
];
const deletion = { operation: 'delete', connections: 64, measure: 'delete, 64' } as const;

/** One API server under load: ours on three store members, or any Kubernetes API server. */
export async function benchApiserver(args: readonly string[]): Promise<void> {
  if (args.includes('--help')) {
    console.log(usage);
    return;
  }
  const options = parseOptions(args);
  const report = new Report(options.json);
  const ours = options.against === undefined ? await ServerUnderTest.start() : undefined;
  const target = options.against ?? ours?.target;
  try {
    if (target !== undefined) await benchTarget(target, options, report);
    if (ours !== undefined && options.only.includes('restart')) await benchRestart(ours, options, report);
  } finally {
    await ours?.wipe();
  }
  report.end();
}

async function benchTarget(target: Target, options: BenchOptions, report: Report): Promise<void> {
  const { only, watchers } = options;
  if (!only.includes('load') && !only.includes('watchers')) return;
  await prepare(target);
  await warmUp(target, options);
  const measured = only.includes('load') ? loads : loads.slice(0, 1);
  for (const load of measured) await benchLoad(load, target, options, report);
  if (only.includes('watchers'))
    for (const perConnection of [sharing, 1])
      for (const count of watchers) await benchWatchers(count, perConnection, target, report);
  await benchLoad(deletion, target, options, report);
}

/** Pods need a namespace, and a service account that nobody here makes. */
async function prepare(target: Target): Promise<void> {
  const connection = await open(target);
  const post = (path: string, body: object) => connection.request({ method: 'POST', path, body: JSON.stringify(body) });
  await post('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: benchNamespace } });
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } };
  await post(`/api/v1/namespaces/${benchNamespace}/serviceaccounts`, account);
  connection.close();
}

/** Operations that walk through all pods once cannot begin before they are measured, as the others do: so they run twice for nobody. */
async function warmUp(target: Target, { pods }: BenchOptions): Promise<void> {
  for (const operation of ['create', 'delete', 'create', 'delete'] as const) {
    const spec = { kind: 'load', target, operation, connections: fillConnections, pods, durationMs: 0 } as const;
    await runGenerator<RequestsResult>(spec);
  }
}

async function benchLoad(
  { operation, connections, measure }: (typeof loads)[number],
  target: Target,
  { pods, seconds }: BenchOptions,
  report: Report,
): Promise<void> {
  const spec: LoadSpec = { kind: 'load', target, operation, connections, pods, durationMs: seconds * 1_000 };
  const result = await runGenerator<RequestsResult>(spec);
  report.add({
    measure,
    subject: subjectOf(target),
    figures: {
      'ops/s': Math.round(result.perSecond),
      'p50 ms': result.p50Ms,
      'p99 ms': result.p99Ms,
      'p99.9 ms': result.p999Ms,
      failed: result.failures,
      'server µs/op': Math.round(result.serverCpuUs),
      'client µs/op': Math.round(result.generatorCpuUs),
      'answer bytes': result.answerBytes,
      'server MiB': Math.round(result.rssBytes / mebibyte),
    },
  });
}

async function benchWatchers(watchers: number, perConnection: number, target: Target, report: Report): Promise<void> {
  const result = await runGenerator<WatchersResult>({ kind: 'watchers', target, watchers, perConnection, changes });
  report.add({
    measure: perConnection === 1 ? `a change to ${watchers} watchers` : `${watchers} watchers, ${perConnection}/connection`,
    subject: subjectOf(target),
    figures: {
      'p50 ms': result.p50Ms,
      'worst ms': result.worstMs,
      'server µs/event': result.serverCpuUs,
      'client µs/event': result.generatorCpuUs,
      'server MiB': Math.round(result.rssBytes / mebibyte),
    },
  });
}

async function benchRestart(ours: ServerUnderTest, { restartPods: pods }: BenchOptions, report: Report): Promise<void> {
  await prepare(ours.target);
  const spec = { kind: 'load', operation: 'create', connections: fillConnections, pods, durationMs: 0 } as const;
  await runGenerator<RequestsResult>({ ...spec, target: ours.target });
  await ours.stop();
  const readyMs = await ours.start();
  const list = { kind: 'load', operation: 'get', connections: 1, pods, durationMs: 1_000 } as const;
  await runGenerator<RequestsResult>({ ...list, target: ours.target });
  const [pid = 0] = ours.target.pids;
  report.add({
    measure: `restart with ${pods} pods`,
    subject: subjectOf(ours.target),
    figures: { 'ready ms': Math.round(readyMs), 'server MiB': Math.round(processUsage(pid).rssBytes / mebibyte) },
  });
}

function subjectOf({ pids }: Target): string {
  return pids.length > 0 ? 'flotilla' : 'other';
}

function runGenerator<Result>(spec: GeneratorSpec): Promise<Result> {
  return runGeneratorOf(generator, spec);
}
