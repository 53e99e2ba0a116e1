import type { Pod } from '@flotilla/api';
import type { Metrics } from '@flotilla/process';
import type { ContainerRuntime } from '../runtimes/runtime.js';
import { containerLogs } from './container-logs.js';
import type { Route } from './server.js';
import { statsSummary } from './stats-summary.js';

export interface RouteDeps {
  readonly runtime: ContainerRuntime;
  readonly metrics: Metrics;
  readonly nodeName: string;
  readonly rootDir: string;
  /** Every pod of this node with its newest status. */
  pods(): readonly Pod[];
}

/** The kubelet's paths. A new one is one more entry here. */
export function routes(deps: RouteDeps): readonly Route[] {
  return [
    {
      path: /^\/healthz(?:\/(?:ping|log|syncloop))?$/,
      anonymous: true,
      async handle(_request, response) {
        response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' }).end('ok');
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
