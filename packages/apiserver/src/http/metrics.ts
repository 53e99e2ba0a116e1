import type { Metrics } from '@flotilla/process';
import { Counter, Gauge } from 'prom-client';
import { Buckets, readHistogram } from './buckets.js';
import { isLongRunning } from './in-flight.js';
import type { RequestInfo } from './request-info.js';
import { labelsOf, type RequestLabels, requestLabelNames } from './request-labels.js';

/** Kubernetes' names and labels, so that dashboards made for it work. */
export interface RequestMetrics {
  /** For requests that last: watches and streams of resources that are served. */
  started(info: RequestInfo): void;
  /** @param known whether the resource is one that is served */
  finished(info: RequestInfo, known: boolean, answer: Answer): void;
  /** @returns to be told of the events of a watch that are sent */
  watching(info: RequestInfo): (events: readonly { readonly chunk: Uint8Array }[]) => void;
  /** Whether it is known who sends a request. @param username undefined: no credential was accepted */
  identified(username: string | undefined): void;
  authorized(verdict: 'allowed' | 'denied'): void;
}

interface Answer {
  readonly code: number;
  readonly seconds: number;
  /** Of those, how many it waited in a queue or for webhooks. */
  readonly elsewhereSeconds: number;
  /** Of the body. */
  readonly bytes: number;
  readonly dryRun: boolean;
  /** A server-side apply. */
  readonly applies: boolean;
}

const sliSecondsBuckets = [0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60];
const secondsBuckets = [0.005, 0.025, ...sliSecondsBuckets];
const responseBytesBuckets = [1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];
const eventBytesBuckets = [1_024, 2_048, 4_096, 8_192, 16_384, 32_768, 65_536, 131_072];

/** How large answers are, is told of what reads objects. */
const isRead: ReadonlySet<string> = new Set(['get', 'list']);

/** What is counted of requests with the same labels. */
class Series {
  readonly labels: RequestLabels;
  readonly codes = new Map<number, number>();
  readonly seconds = new Buckets(secondsBuckets);
  /** Without what it waited for others. */
  readonly sliSeconds = new Buckets(sliSecondsBuckets);
  /** Writes that were not to be kept: they are told apart in some metrics only. */
  readonly dryRun = { codes: new Map<number, number>(), seconds: new Buckets(secondsBuckets) };
  readonly responseBytes = new Buckets(responseBytesBuckets);
  readonly eventBytes = new Buckets(eventBytesBuckets);
  /** Of requests that last; undefined while there was none. */
  running: number | undefined;

  constructor(labels: RequestLabels) {
    this.labels = labels;
  }
}

export function requestMetrics(metrics: Metrics, inFlight: { readonly reads: number; readonly writes: number }): RequestMetrics {
  const series = new Map<string, Series>();
  const users = new Map<string, number>();
  const [attempts, verdicts] = [new Map<string, number>(), new Map<string, number>()];
  const seriesOf = (info: RequestInfo, known: boolean, applies = false): Series => {
    const labels = labelsOf(info, known, applies);
    const key = `${labels.verb} ${labels.scope} ${labels.group} ${labels.version} ${labels.resource} ${labels.subresource}`;
    let found = series.get(key);
    if (found === undefined) {
      found = new Series(labels);
      series.set(key, found);
    }
    return found;
  };
  registerRequests(metrics, series, inFlight);
  registerSenders(metrics, { users, attempts, verdicts });
  return {
    started(info) {
      if (!isLongRunning(info)) return;
      const found = seriesOf(info, true);
      found.running = (found.running ?? 0) + 1;
    },
    finished(info, known, { code, seconds, elsewhereSeconds, bytes, dryRun, applies }) {
      const found = seriesOf(info, known, applies);
      const counts = dryRun ? found.dryRun : found;
      add(counts.codes, code);
      if (known && isLongRunning(info)) found.running = (found.running ?? 0) - 1;
      else {
        counts.seconds.observe(seconds);
        found.sliSeconds.observe(seconds - elsewhereSeconds);
      }
      if (known && bytes > 0 && isRead.has(info.verb)) found.responseBytes.observe(bytes);
    },
    watching(info) {
      const { eventBytes } = seriesOf(info, true);
      return (events) => {
        for (const { chunk } of events) eventBytes.observe(chunk.length);
      };
    },
    identified(username) {
      add(attempts, username === undefined ? 'failure' : 'success');
      // Names are without end: those of people are counted together.
      if (username !== undefined) add(users, username.startsWith('system:') ? compressed(username) : 'other');
    },
    authorized: (verdict) => add(verdicts, verdict),
  };
}

function add<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** `system:serviceaccount:ns:name` and `system:node:name` are as many as there are of them. */
function compressed(username: string): string {
  if (username.startsWith('system:serviceaccount:')) return ':serviceaccount:';
  return username.startsWith('system:node:') ? 'system:node' : username;
}

const watchLabels = ['group', 'version', 'resource'];

function registerRequests(
  { registry }: Metrics,
  series: ReadonlyMap<string, Series>,
  inFlight: { readonly reads: number; readonly writes: number },
): void {
  const registers = [registry];
  new Counter({
    name: 'apiserver_request_total',
    help: 'Counter of apiserver requests broken out for each verb, dry run value, group, version, resource, scope, component, and HTTP response code.',
    labelNames: [...requestLabelNames, 'dry_run', 'code'],
    registers,
    collect() {
      this.reset();
      for (const { labels, codes, dryRun } of series.values()) {
        for (const [code, count] of codes) this.inc({ ...labels, dry_run: '', code }, count);
        for (const [code, count] of dryRun.codes) this.inc({ ...labels, dry_run: 'All', code }, count);
      }
    },
  });
  readHistogram(
    {
      name: 'apiserver_request_duration_seconds',
      help: 'Response latency distribution in seconds for each verb, dry run value, group, version, resource, subresource, scope and component.',
      buckets: secondsBuckets,
      registry,
    },
    () => durations(series),
  );
  readHistogram(
    {
      name: 'apiserver_request_sli_duration_seconds',
      help: 'Response latency distribution (not counting webhook duration and priority & fairness queue wait times) in seconds for each verb, group, version, resource, subresource, scope and component.',
      buckets: sliSecondsBuckets,
      registry,
    },
    () => counted(series, 'sliSeconds'),
  );
  readHistogram(
    {
      name: 'apiserver_response_sizes',
      help: 'Response size distribution in bytes for each group, version, verb, resource, subresource, scope and component.',
      buckets: responseBytesBuckets,
      registry,
    },
    () => counted(series, 'responseBytes'),
  );
  new Gauge({
    name: 'apiserver_longrunning_requests',
    help: 'Gauge of all active long-running apiserver requests broken out by verb, group, version, resource and scope.',
    labelNames: requestLabelNames,
    registers,
    collect() {
      this.reset();
      for (const { labels, running } of series.values()) if (running !== undefined) this.set(labels, running);
    },
  });
  new Counter({
    name: 'apiserver_watch_events_total',
    help: 'Number of events sent in watch clients.',
    labelNames: watchLabels,
    registers,
    collect() {
      this.reset();
      for (const [labels, { count }] of watchEvents(series)) this.inc(labels, count);
    },
  });
  readHistogram(
    {
      name: 'apiserver_watch_events_sizes',
      help: 'Watch event size distribution in bytes.',
      buckets: eventBytesBuckets,
      registry,
    },
    () => watchEvents(series),
  );
  new Gauge({
    name: 'apiserver_current_inflight_requests',
    help: 'Number of requests currently being worked on, by kind of request.',
    labelNames: ['request_kind'],
    registers,
    collect() {
      this.set({ request_kind: 'readOnly' }, inFlight.reads);
      this.set({ request_kind: 'mutating' }, inFlight.writes);
    },
  });
}

function* durations(series: ReadonlyMap<string, Series>) {
  for (const { labels, seconds, dryRun } of series.values()) {
    if (seconds.count > 0) yield [{ ...labels, dry_run: '' }, seconds] as const;
    if (dryRun.seconds.count > 0) yield [{ ...labels, dry_run: 'All' }, dryRun.seconds] as const;
  }
}

/** Watches of a namespace and of all are told together. */
function* watchEvents(series: ReadonlyMap<string, Series>) {
  const merged = new Map<string, readonly [{ group: string; version: string; resource: string }, Buckets]>();
  for (const [{ group, version, resource }, { counts, sum, count }] of counted(series, 'eventBytes')) {
    const key = `${group}/${version}/${resource}`;
    const found = merged.get(key) ?? ([{ group, version, resource }, new Buckets(eventBytesBuckets)] as const);
    merged.set(key, found);
    const [, buckets] = found;
    for (const [i, each] of counts.entries()) buckets.counts[i] = (buckets.counts[i] ?? 0) + each;
    buckets.sum += sum;
    buckets.count += count;
  }
  yield* merged.values();
}

function* counted(series: ReadonlyMap<string, Series>, what: 'sliSeconds' | 'responseBytes' | 'eventBytes') {
  for (const each of series.values()) if (each[what].count > 0) yield [each.labels, each[what]] as const;
}

function registerSenders(
  { registry }: Metrics,
  counts: Readonly<Record<'users' | 'attempts' | 'verdicts', ReadonlyMap<string, number>>>,
): void {
  const read = (name: string, help: string, label: string, values: ReadonlyMap<string, number>) =>
    new Counter({
      name,
      help,
      labelNames: [label],
      registers: [registry],
      collect() {
        this.reset();
        for (const [value, count] of values) this.inc({ [label]: value }, count);
      },
    });
  read('authenticated_user_requests', 'Counter of authenticated requests broken out by username.', 'username', counts.users);
  read('authentication_attempts', 'Counter of authenticated attempts.', 'result', counts.attempts);
  read('authorization_attempts_total', 'Counter of authorization attempts broken down by result.', 'result', counts.verdicts);
}
