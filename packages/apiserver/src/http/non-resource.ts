import { statusErrors } from '@flotilla/api';
import type { Metrics } from '@flotilla/process';
import type { IssuerDocuments } from '../auth/issuer-documents.js';
import { versionInfo } from '../version.js';
import type { Discovery } from './discovery.js';
import type { Exchange } from './exchange.js';
import { type HealthChecks, serveHealth } from './health.js';
import { parseAccept, plainJson } from './negotiation.js';
import type { OpenApi } from './openapi.js';
import { respondText, respondValue, sendBytes } from './respond.js';

export interface NonResourceOptions {
  readonly checks: HealthChecks;
  readonly discovery: Discovery;
  readonly openApi: OpenApi;
  readonly issuerDocuments: IssuerDocuments | undefined;
  readonly metrics: Metrics;
}

/** Answers every path that is not under a group and version. */
export async function serveNonResource(exchange: Exchange, options: NonResourceOptions): Promise<void> {
  const { path } = exchange.info;
  const isRead = exchange.method === 'GET' || exchange.method === 'HEAD';
  if (exchange.info.isResourceRequest) return serveDiscovery(exchange, options.discovery, isRead);
  if (!isRead) throw statusErrors.methodNotAllowed({ group: '', resource: path }, exchange.method);
  const health = serveHealth(exchange, options.checks);
  if (health !== undefined) return health;
  const issued = options.issuerDocuments?.(path, exchange.header('host') ?? '');
  if (issued !== undefined) {
    return sendBytes(exchange, 200, issued.contentType, Buffer.from(issued.body), 'public, max-age=3600');
  }
  if (path === '/version' || path === '/version/') return respondValue(exchange, 200, versionInfo, plainJson);
  if (path === '/metrics')
    return respondText(exchange, 200, await options.metrics.registry.metrics(), options.metrics.registry.contentType);
  if (path === '/') return respondValue(exchange, 200, { paths: paths(options) }, plainJson);
  if (path.startsWith('/openapi/')) return options.openApi.serve(exchange);
  return serveDiscovery(exchange, options.discovery, isRead);
}

async function serveDiscovery(exchange: Exchange, discovery: Discovery, isRead: boolean): Promise<void> {
  const path = exchange.info.path.replace(/\/$/, '');
  const document = discovery.document(path, aggregatedVersion(exchange.header('accept')), exchange.header('host') ?? '');
  if (document === undefined) {
    if (path.startsWith('/api/') || path.startsWith('/apis/')) throw statusErrors.notFoundPath();
    return respondText(exchange, 404, '404 page not found\n');
  }
  if (!isRead) throw statusErrors.methodNotAllowed({ group: '', resource: path }, exchange.method);
  const { response } = exchange;
  response.setHeader('vary', 'Accept');
  response.setHeader('etag', document.etag);
  if (exchange.header('if-none-match') === document.etag) {
    response.writeHead(304).end();
    return;
  }
  return sendBytes(exchange, 200, document.contentType, Buffer.from(document.body));
}

/** The newest version of aggregated discovery that the client names and we serve. */
function aggregatedVersion(accept: string | undefined): string | undefined {
  if (accept === undefined || !accept.includes('APIGroupDiscoveryList')) return undefined;
  for (const { type, parameters } of parseAccept(accept)) {
    if (type !== 'application/json' || parameters['as'] !== 'APIGroupDiscoveryList') continue;
    const version = parameters['v'];
    if (parameters['g'] === 'apidiscovery.k8s.io' && (version === 'v2' || version === 'v2beta1')) return version;
  }
  return undefined;
}

function paths({ discovery, checks }: NonResourceOptions): readonly string[] {
  const groups = discovery.groups.flatMap((group) => [
    `/apis/${group}`,
    ...discovery.versionsOf(group).map((version) => `/apis/${group}/${version}`),
  ]);
  const health = Object.entries(checks).flatMap(([endpoint, named]) => [
    `/${endpoint}`,
    ...['ping', ...Object.keys(named)].map((name) => `/${endpoint}/${name}`),
  ]);
  return ['/api', '/api/v1', '/apis', ...groups, ...health, '/metrics', '/openapi/v2', '/openapi/v3', '/version'].sort();
}
