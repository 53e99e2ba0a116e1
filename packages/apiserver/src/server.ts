import type { Documented } from '@flotilla/api/openapi';
import type { Clock, Logger, Random } from '@flotilla/base';
import type { HealthCheck, Metrics, ReloadingTls } from '@flotilla/process';
import type { KeyValueStore } from '@flotilla/store-client';
import type { Aggregation } from './aggregation/aggregation.js';
import type { Audit } from './audit/audit.js';
import { type AnonymousAccess, anonymousAuthenticator } from './auth/authenticators/anonymous/index.js';
import type { Authenticator, TokenAuthenticator } from './auth/authenticators/authenticator.js';
import { authenticateToken, bearerTokenAuthenticator } from './auth/authenticators/bearer-token.js';
import { certificateExpiration } from './auth/authenticators/client-certificate/expiration.js';
import { clientCertificateAuthenticator } from './auth/authenticators/client-certificate/index.js';
import { type FrontProxyOptions, frontProxyAuthenticator } from './auth/authenticators/front-proxy/index.js';
import { authoritiesOf } from './auth/authenticators/peer-certificate.js';
import type { Authorizer } from './auth/authorizers/authorizer.js';
import type { IssuerDocuments } from './auth/issuer-documents.js';
import { reviewVerbs } from './auth/reviews/review.js';
import { reviews } from './auth/reviews/reviews.js';
import type { Catalogue } from './catalogue/catalogue.js';
import type { FlowControl } from './flow-control/flow-control.js';
import { flowControlMetrics } from './flow-control/metrics.js';
import { type Discoverable, Discovery } from './http/discovery.js';
import type { Exchange } from './http/exchange.js';
import { storeCheck } from './http/health.js';
import { InFlight } from './http/in-flight.js';
import { requestMetrics } from './http/metrics.js';
import { serveNonResource } from './http/non-resource.js';
import { OpenApi } from './http/openapi.js';
import { runPipeline } from './http/pipeline.js';
import { Router, type SubresourceHandler } from './http/router.js';
import { servedVersions } from './http/served-versions.js';
import { type HttpServer, type HttpServerOptions, startHttpServer } from './http/server.js';
import { serverMetrics } from './http/server-metrics.js';
import { Startup } from './http/startup.js';
import { WatchStreams } from './http/watch-stream.js';
import type { Registry } from './registry/registry.js';

export interface ApiServerOptions {
  readonly address: string;
  readonly port: number;
  readonly tls: ReloadingTls;
  readonly store: KeyValueStore;
  readonly registry: Registry;
  /** The registry's. */
  readonly catalogue: Catalogue;
  /** Resolves once the catalogue has every kind that was defined before the call, on whichever API server. */
  catchUp(signal: AbortSignal): Promise<void>;
  readonly aggregation: Aggregation;
  readonly authorizer: Authorizer;
  readonly tokens: readonly TokenAuthenticator[];
  readonly anonymous: AnonymousAccess;
  readonly frontProxy?: FrontProxyOptions | undefined;
  readonly issuerDocuments?: IssuerDocuments | undefined;
  /** By `resource/subresource` of the core group, such as `pods/log`. */
  readonly handlers: ReadonlyMap<string, SubresourceHandler>;
  /** Undefined: nothing is recorded. */
  readonly audit: Audit | undefined;
  /** Undefined: reads and writes have a limit each, and nothing waits. */
  readonly flowControl: FlowControl | undefined;
  readonly readsInFlightMax: number;
  readonly writesInFlightMax: number;
  readonly http2: HttpServerOptions['http2'];
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly metrics: Metrics;
}

export interface ApiServer {
  readonly address: string;
  readonly port: number;
  /** Everything that has to be there before requests come has been made: `/readyz` says so from now on. */
  markReady(): void;
  /** Not ready any more; everything else goes on. */
  stopping(): void;
  /** Not ready any more, watches end, requests under way finish, then the port is closed. */
  close(): Promise<void>;
}

/** The HTTP front of a registry: what a test starts, and what `main` composes. */
export async function startApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const { clock, random, log, metrics, registry, catalogue, aggregation, authorizer, tokens } = options;
  const startup = new Startup();
  // With flow control the two limits are its seats, together.
  const limit = (max: number) => (options.flowControl === undefined ? max : Number.POSITIVE_INFINITY);
  const inFlight = new InFlight(limit(options.readsInFlightMax), limit(options.writesInFlightMax));
  if (options.flowControl !== undefined) flowControlMetrics(metrics, options.flowControl);
  const recorded = requestMetrics(metrics, inFlight);
  const watches = new WatchStreams(clock, random, recorded);
  serverMetrics(metrics, {
    definitions: () => catalogue.definitions,
    objectCount: (definition) => options.registry.objectCount(definition),
    cacheCounts: (definition) => options.registry.cacheCounts(definition),
  });
  const asked = askedKinds();
  const nonResource = {
    checks: healthChecks(options, startup),
    discovery: new Discovery(servedVersions(catalogue, asked, aggregation)),
    openApi: new OpenApi(catalogue, asked, aggregation),
    issuerDocuments: options.issuerDocuments,
    metrics,
  };
  const router = new Router({
    catalogue,
    reviews,
    registry,
    authorizer,
    authenticateToken: (token, audiences) => authenticateToken(tokens, token, audiences),
    handlers: options.handlers,
    watches,
    metrics: recorded,
    aggregation,
    catchUp: (signal) => options.catchUp(signal),
    serveNonResource: (exchange) => serveNonResource(exchange, nonResource),
  });
  const pipeline = {
    authenticators: authenticatorsOf(options),
    authorizer,
    inFlight,
    flowControl: options.flowControl,
    metrics: recorded,
    audit: options.audit,
    startup,
    clock,
    log,
    route: (exchange: Exchange) => router.route(exchange),
  };
  const { address, port, tls, frontProxy } = options;
  const http: HttpServer = await startHttpServer({
    address,
    port,
    tls,
    moreAuthorities: frontProxy === undefined ? [] : [frontProxy.authority],
    http2: options.http2,
    clock,
    random,
    log,
    handle: (exchange) => runPipeline(exchange, pipeline),
  });
  return {
    address: http.address,
    port: http.port,
    markReady: () => startup.markReady(),
    stopping: () => {
      startup.stopping = true;
    },
    async close() {
      startup.stopping = true;
      watches.close();
      await http.close();
      options.flowControl?.close();
      await options.audit?.close();
    },
  };
}

function authenticatorsOf({ tokens, clock, tls, anonymous, frontProxy, metrics }: ApiServerOptions): readonly Authenticator[] {
  return [
    ...(frontProxy === undefined ? [] : [frontProxyAuthenticator(frontProxy)]),
    clientCertificateAuthenticator(
      authoritiesOf(() => tls.current().ca),
      clock,
      certificateExpiration(metrics),
    ),
    bearerTokenAuthenticator(tokens, clock),
    anonymousAuthenticator(anonymous),
  ];
}

function healthChecks({ store, clock }: ApiServerOptions, startup: Startup) {
  const etcd = storeCheck(store, clock);
  const started: HealthCheck = () => {
    if (!startup.ready) throw new Error('not finished');
  };
  const shutdown: HealthCheck = () => {
    if (startup.stopping) throw new Error('process is shutting down');
  };
  return {
    healthz: { log: () => {}, etcd, 'poststarthook/rbac/bootstrap-roles': started },
    livez: { log: () => {} },
    readyz: {
      log: () => {},
      etcd,
      'etcd-readiness': etcd,
      'informer-sync': started,
      'poststarthook/rbac/bootstrap-roles': started,
      shutdown,
    },
  };
}

/** Kinds that are asked and never stored. */
function askedKinds(): readonly (Discoverable & Documented)[] {
  return reviews.map((review) => ({
    ...review,
    singular: review.kind.toLowerCase(),
    shortNames: [],
    categories: [],
    verbs: reviewVerbs,
    subresources: [],
    model: review.kind,
  }));
}
