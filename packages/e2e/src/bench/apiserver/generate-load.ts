import { setTimeout as sleep } from 'node:timers/promises';
import { loadResult } from '../measuring/load-result.js';
import { Latencies } from '../measuring/statistics.js';
import { takeStock } from '../measuring/stock.js';
import { benchNamespace, benchPod, podName, podsPerGroup } from './bench-pod.js';
import { type ConnectionTarget, Http1Connection, type Request } from './http1-connection.js';
import type { LoadSpec, Operation, RequestsResult, Target } from './specs.js';

/** Loops that could run for ever begin before they are measured, so that compilers and connections have settled. */
const warmUpMs = 1_500;

const pods = `/api/v1/namespaces/${benchNamespace}/pods`;

interface Run {
  measuring: boolean;
  done: boolean;
  next: number;
  failures: number;
  answerBytes: number;
  readonly latencies: Latencies;
}

export async function generateLoad(spec: LoadSpec): Promise<RequestsResult> {
  const endless = spec.operation !== 'create' && spec.operation !== 'delete';
  const run: Run = { measuring: !endless, done: false, next: 0, failures: 0, answerBytes: 0, latencies: new Latencies() };
  const connections = await Promise.all(Array.from({ length: spec.connections }, () => open(spec.target)));
  let before = takeStock(spec.target.pids);
  const loops = connections.map((connection) => loop(connection, spec, run));
  if (endless) {
    await sleep(warmUpMs);
    before = takeStock(spec.target.pids);
    run.measuring = true;
    await sleep(spec.durationMs);
    run.measuring = false;
  } else await Promise.all(loops);
  const after = takeStock(spec.target.pids);
  run.done = true;
  await Promise.all(loops);
  for (const connection of connections) connection.close();
  const { latencies, failures, answerBytes } = run;
  return { ...loadResult(latencies, failures, before, after), answerBytes };
}

export function open(target: Target): Promise<Http1Connection> {
  return Http1Connection.open(connectionTarget(target));
}

export function connectionTarget({ host, port, ca, cert, key, token }: Target): ConnectionTarget {
  const tls = { ...(ca === undefined ? { rejectUnauthorized: false } : { ca }), cert, key };
  return { host, port, tls, ...(token === undefined ? {} : { token }) };
}

async function loop(connection: Http1Connection, spec: LoadSpec, run: Run): Promise<void> {
  const make = requests[spec.operation];
  while (!run.done) {
    const request = make(spec, run);
    if (request === undefined) return;
    const beganMs = performance.now();
    const answer = await connection.request({ ...request, discard: true });
    if (answer.status >= 300) run.failures++;
    else if (run.measuring) {
      run.latencies.add(performance.now() - beganMs);
      run.answerBytes = answer.bodyBytes;
    }
  }
}

/** @returns undefined when all is done */
type MakeRequest = (spec: LoadSpec, run: Run) => Request | undefined;

const any = (count: number) => Math.floor(Math.random() * count);

const requests: Readonly<Record<Operation, MakeRequest>> = {
  create: (spec, run) => {
    if (run.next === spec.pods) return undefined;
    return { method: 'POST', path: pods, body: JSON.stringify(benchPod(run.next++)) };
  },
  get: (spec) => ({ method: 'GET', path: `${pods}/${podName(any(spec.pods))}` }),
  list: () => ({ method: 'GET', path: pods }),
  group: (spec) => ({ method: 'GET', path: `${pods}?labelSelector=group%3Dg${any(spec.pods / podsPerGroup)}` }),
  patch: (spec, run) => ({
    method: 'PATCH',
    path: `${pods}/${podName(any(spec.pods))}`,
    contentType: 'application/merge-patch+json',
    body: JSON.stringify({ metadata: { annotations: { 'example.com/change': String(run.next++) } } }),
  }),
  delete: (spec, run) => {
    if (run.next === spec.pods) return undefined;
    return { method: 'DELETE', path: `${pods}/${podName(run.next++)}` };
  },
};
