import { type Definition, statusErrors, type Verb } from '@flotilla/api';
import type { Aggregation } from '../aggregation/aggregation.js';
import type { Authorizer } from '../auth/authorizers/authorizer.js';
import { createReview, type Review, type ReviewContext } from '../auth/reviews/review.js';
import type { Catalogue } from '../catalogue/catalogue.js';
import { decodeBody as decodeReview, fitToTarget } from '../registry/decode-body.js';
import type { Registry } from '../registry/registry.js';
import { admitConnection } from './connect-options.js';
import { decodeBody } from './decode.js';
import type { Exchange } from './exchange.js';
import type { RequestMetrics } from './metrics.js';
import { negotiate } from './negotiation.js';
import type { RequestInfo } from './request-info.js';
import { respondValue } from './respond.js';
import { runVerb } from './verbs.js';
import type { WatchStreams } from './watch-stream.js';
import { writeOptions } from './write-options.js';

/** Answers the requests of one subresource itself, such as `pods/log`. */
export type SubresourceHandler = (exchange: Exchange) => Promise<void>;

export interface RouterOptions {
  readonly catalogue: Catalogue;
  readonly reviews: readonly Review[];
  readonly registry: Registry;
  readonly authorizer: Authorizer;
  readonly authenticateToken: ReviewContext['authenticateToken'];
  /** By `resource/subresource` of the core group. */
  readonly handlers: ReadonlyMap<string, SubresourceHandler>;
  readonly watches: WatchStreams;
  readonly metrics: RequestMetrics;
  /** Extension API servers answer for their groups before anybody looks for a kind. */
  readonly aggregation: Pick<Aggregation, 'serves' | 'forward'>;
  /** Resolves once the catalogue has every kind that was defined before the call, on whichever API server. */
  catchUp(signal: AbortSignal): Promise<void>;
  /** Everything that is not under a group and version: health, discovery, OpenAPI, metrics. */
  serveNonResource(exchange: Exchange): Promise<void>;
}

/** Finds what a request is for among definitions, reviews and subresources: by data, not by a route per kind. */
export class Router {
  readonly #options: RouterOptions;
  readonly #reviews = new Map<string, Review>();

  constructor(options: RouterOptions) {
    this.#options = options;
    for (const review of options.reviews) this.#reviews.set(`${review.group}/${review.version}/${review.plural}`, review);
  }

  async route(exchange: Exchange): Promise<void> {
    const { info } = exchange;
    if (this.#options.aggregation.serves(info.path)) {
      exchange.known = info.isResourceRequest;
      return this.#options.aggregation.forward(exchange);
    }
    if (!info.isResourceRequest) return this.#options.serveNonResource(exchange);
    const definition = this.#definitionFor(info);
    if (definition !== undefined) return this.#routeKind(exchange, definition);
    const review = this.#reviews.get(`${info.apiGroup}/${info.apiVersion}/${info.resource}`);
    if (review !== undefined) return this.#routeReview(exchange, review);
    if (info.apiGroup === '') return this.#options.serveNonResource(exchange);
    // Another API server may have begun to serve it a moment ago, and the client may know.
    await this.#options.catchUp(exchange.signal);
    const added = this.#definitionFor(info);
    return added === undefined ? this.#options.serveNonResource(exchange) : this.#routeKind(exchange, added);
  }

  #definitionFor({ apiGroup, apiVersion, resource }: RequestInfo): Definition | undefined {
    return this.#options.catalogue.find(apiGroup, apiVersion, resource);
  }

  async #routeKind(exchange: Exchange, definition: Definition): Promise<void> {
    const { info } = exchange;
    checkScope(info, definition);
    exchange.known = true;
    if (definition.deprecation !== undefined) exchange.warn(definition.deprecation);
    this.#options.metrics.started(info);
    const handler = info.apiGroup === '' ? this.#options.handlers.get(`${info.resource}/${info.subresource}`) : undefined;
    if (handler !== undefined && info.name !== '') {
      await admitConnection(exchange, definition, this.#options.registry);
      return handler(exchange);
    }
    checkVerb(info, definition);
    refuseUpgrade(exchange);
    return runVerb(exchange, definition, this.#options);
  }

  async #routeReview(exchange: Exchange, review: Review): Promise<void> {
    const { info } = exchange;
    if (info.subresource !== '' || info.name !== '' || review.namespaced !== (info.namespace !== ''))
      throw statusErrors.notFoundPath();
    exchange.known = true;
    refuseUpgrade(exchange);
    if (info.verb !== 'create') throw statusErrors.methodNotAllowed({ group: review.group, resource: review.plural }, info.verb);
    const { fieldValidation } = writeOptions(exchange);
    const body = await decodeBody(exchange, review.kind);
    const decoded = decodeReview({ ...review, model: review.kind }, body.value, fieldValidation, body.problems);
    for (const warning of decoded.warnings) exchange.warn(warning);
    fitToTarget(decoded.object, review, { namespace: info.namespace });
    const { authorizer, authenticateToken } = this.#options;
    const context = { user: exchange.user, namespace: info.namespace, authorizer, authenticateToken };
    return respondValue(exchange, 201, await createReview(review, decoded.object, context), negotiate(exchange.header('accept')));
  }
}

/** Only a watch is served over a WebSocket; the body of any other upgraded request could not be read. */
function refuseUpgrade({ upgrade, info }: Exchange): void {
  if (upgrade === undefined || info.verb === 'watch') return;
  throw statusErrors.badRequest('you must specify watch=true to read this resource over a WebSocket');
}

/** A namespaced object has its namespace in the path, a cluster-scoped one never has. */
function checkScope(info: RequestInfo, definition: Definition): void {
  const inNamespace = info.namespace !== '' && definition.plural !== 'namespaces';
  if (inNamespace && !definition.namespaced) throw statusErrors.notFoundPath();
  if (!inNamespace && definition.namespaced) {
    if (info.subresource !== '') throw statusErrors.notFoundPath();
    if (info.verb === 'list' || info.verb === 'watch') return;
    // The path of all namespaces' objects is there, but only to read.
    throw info.name === '' ? notAllowed(info) : statusErrors.notFoundPath();
  }
}

/** @throws StatusError NotFound for an unknown subresource, MethodNotAllowed for a verb that the resource does not have */
function checkVerb(info: RequestInfo, definition: Definition): void {
  const { subresource, verb, name } = info;
  let verbs: readonly Verb[] = definition.verbs;
  if (subresource !== '') {
    const found = definition.subresources.find((candidate) => candidate.name === subresource);
    if (found === undefined) throw statusErrors.notFoundPath();
    verbs = found.verbs;
  } else if (verb === 'create' && name !== '') {
    throw notAllowed(info);
  } else if ((verb === 'update' || verb === 'patch') && name === '') {
    throw notAllowed(info);
  }
  if (info.subpath !== '') throw statusErrors.notFoundPath();
  if (!verbs.some((allowed) => allowed === verb)) throw notAllowed(info);
}

function notAllowed(info: RequestInfo): Error {
  return statusErrors.methodNotAllowed({ group: info.apiGroup, resource: info.resource }, info.verb);
}
