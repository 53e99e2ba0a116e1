import type { Pod } from '@flotilla/api';
import type { Metrics } from '@flotilla/process';
import type { Readiness } from '../node/node-object.js';
import type { ContainerRuntime } from '../runtimes/runtime.js';
import { containerLogs } from './container-logs.js';
import type { Route } from './server.js';
import { statsSummary } from './stats-summary.js';
import { streamRoutes } from './streams/stream-routes.js';

export interface RouteDeps {
  readonly runtime: ContainerRuntime;
  readonly metrics: Metrics;
  readonly nodeName: string;
  readonly rootDir: string;
  readiness(): Readiness;
  /** Every pod of this node with its newest status. */
  pods(): readonly Pod[];
}

const plainText = { 'content-type': 'text/plain; charset=utf-8' };

/** The kubelet's paths. A new one is one more entry here. */
export function routes(deps: RouteDeps): readonly Route[] {
  return [
    {
      path: /^\/(?:healthz|livez)(?:\/(?:ping|log|syncloop))?$/,
      anonymous: true,
      async handle(_request, response) {
        response.writeHead(200, plainText).end('ok');
      },
    },
    {
      path: /^\/readyz$/,
      anonymous: true,
      async handle(_request, response) {
        const { ready, message } = deps.readiness();
        response.writeHead(ready ? 200 : 503, plainText).end(ready ? 'ok' : message);
      },
    },
    {
      path: /^\/(?:pods|runningpods)\/?$/,
      async handle(_request, response) {
        const body = JSON.stringify({ kind: 'PodList', apiVersion: 'v1', metadata: {}, items: deps.pods() });
        response.writeHead(200, { 'content-type': 'application/json' }).end(body);
      },
    },
    {
      path: /^\/containerLogs\/([^/]+)\/([^/]+)\/([^/]+)$/,
      handle: (request, response) => containerLogs(deps, request, response),
    },
    ...streamRoutes(deps),
    {
      path: /^\/metrics$/,
      async handle(_request, response) {
        const { registry } = deps.metrics;
        response.writeHead(200, { 'content-type': registry.contentType }).end(await registry.metrics());
      },
    },
    {
      path: /^\/stats\/summary$/,
      async handle(_request, response) {
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(await statsSummary(deps)));
      },
    },
  ];
}
