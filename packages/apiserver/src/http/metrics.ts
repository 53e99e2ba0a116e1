import type { Metrics } from '@flotilla/process';
import { Counter, Gauge, Histogram } from 'prom-client';
import { isLongRunning } from './in-flight.js';
import type { RequestInfo } from './request-info.js';

/** Kubernetes' names and labels, so that dashboards made for it work. */
export interface RequestMetrics {
  /** For requests that last: watches and streams of resources that are served. */
  started(info: RequestInfo): void;
  /** @param known whether the resource is one that is served */
  finished(info: RequestInfo, known: boolean, code: number, seconds: number): void;
}

const secondsBuckets = [0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 2, 4, 6, 10, 30, 60];

export function requestMetrics(metrics: Metrics, inFlight: { readonly reads: number; readonly writes: number }): RequestMetrics {
  const registers = [metrics.registry];
  const labels = ['verb', 'group', 'version', 'resource', 'subresource', 'scope'];
  const total = new Counter({
    name: 'apiserver_request_total',
    help: 'Counter of apiserver requests broken out for each verb, group, version, resource, scope and HTTP response code.',
    labelNames: [...labels, 'code'],
    registers,
  });
  const duration = new Histogram({
    name: 'apiserver_request_duration_seconds',
    help: 'Response latency distribution in seconds for each verb, group, version, resource, subresource and scope.',
    labelNames: labels,
    buckets: secondsBuckets,
    registers,
  });
  const longRunning = new Gauge({
    name: 'apiserver_longrunning_requests',
    help: 'Gauge of all active long-running apiserver requests broken out by verb, group, version, resource and scope.',
    labelNames: labels,
    registers,
  });
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
  return {
    started(info) {
      if (isLongRunning(info)) longRunning.inc(labelsOf(info, true));
    },
    finished(info, known, code, seconds) {
      const values = labelsOf(info, known);
      total.inc({ ...values, code });
      if (known && isLongRunning(info)) longRunning.dec(values);
      else duration.observe(values, seconds);
    },
  };
}

const unknownResource = { verb: '', group: '', version: '', resource: 'unknown', subresource: '', scope: '' };

const servedPaths = /^\/(api|apis|healthz|livez|readyz|version|metrics|openapi)?(?=\/|$)/;

/** Labels take their values from what the server serves, never from what a client may invent without end. */
function labelsOf(info: RequestInfo, known: boolean) {
  const { isResourceRequest, name, namespace, apiGroup, apiVersion, resource, subresource } = info;
  if (isResourceRequest && !known) return unknownResource;
  return {
    verb: info.verb.toUpperCase(),
    group: apiGroup,
    version: apiVersion,
    resource: isResourceRequest ? resource : '',
    subresource: isResourceRequest ? subresource : (servedPaths.exec(info.path)?.[0] ?? 'other'),
    scope: !isResourceRequest ? '' : name !== '' ? 'resource' : namespace !== '' ? 'namespace' : 'cluster',
  };
}
