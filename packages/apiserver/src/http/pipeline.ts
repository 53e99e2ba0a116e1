import { StatusError, statusErrors } from '@flotilla/api';
import type { Clock, Logger } from '@flotilla/base';
import type { Authenticator } from '../auth/authenticators/authenticator.js';
import { authenticate } from '../auth/authenticators/chain.js';
import type { Attributes, Authorizer } from '../auth/authorizers/authorizer.js';
import { forbiddenError } from '../auth/forbidden.js';
import { impersonate } from '../auth/impersonation.js';
import { ClientGoneError, type Exchange } from './exchange.js';
import { type InFlight, isLongRunning } from './in-flight.js';
import type { RequestMetrics } from './metrics.js';
import { respondError } from './respond.js';

export interface PipelineOptions {
  readonly authenticators: readonly Authenticator[];
  readonly authorizer: Authorizer;
  readonly inFlight: InFlight;
  readonly metrics: RequestMetrics;
  readonly clock: Clock;
  readonly log: Logger;
  /** Decodes the body, runs the verb and responds. */
  route(exchange: Exchange): Promise<void>;
}

/** Probes must get an answer before roles are loaded, and from whoever asks. */
const alwaysAllowed = /^\/(healthz|livez|readyz)(\/|$)/;

/**
 * The life of a request, in the one order that keeps it safe: who is it, may they, is there room, and only then
 * is the body read and the verb run. What any step throws becomes a Status.
 */
export async function runPipeline(exchange: Exchange, options: PipelineOptions): Promise<void> {
  const { info } = exchange;
  let entered = false;
  try {
    exchange.user = await authenticate(options.authenticators, exchange);
    exchange.user = (await impersonate(exchange, options.authorizer)) ?? exchange.user;
    await authorize(exchange, options.authorizer);
    if (!isLongRunning(info)) {
      options.inFlight.enter(info);
      entered = true;
    }
    await options.route(exchange);
  } catch (error) {
    fail(exchange, error, options.log);
  } finally {
    if (entered) options.inFlight.leave(info);
    options.metrics.finished(
      info,
      exchange.known,
      exchange.response.statusCode,
      (options.clock.monotonicMs() - exchange.startMs) / 1_000,
    );
  }
}

async function authorize(exchange: Exchange, authorizer: Authorizer): Promise<void> {
  const { info, user } = exchange;
  if (!info.isResourceRequest && alwaysAllowed.test(info.path)) return;
  const attributes: Attributes = { ...info, user };
  const asked = authorizer.authorize(attributes);
  const decision = asked instanceof Promise ? await asked : asked;
  if (decision.verdict !== 'allow') throw forbiddenError(attributes, decision.reason);
}

function fail(exchange: Exchange, error: unknown, log: Logger): void {
  if (error instanceof ClientGoneError || exchange.response.destroyed) {
    exchange.response.destroy();
    return;
  }
  if (!(error instanceof StatusError)) {
    log.error({ err: error, method: exchange.method, path: exchange.info.path, auditId: exchange.auditId }, 'request failed');
  }
  respondError(exchange, error instanceof URIError ? statusErrors.badRequest(error.message) : error);
}
