import { applyPatchType, StatusError, statusErrors } from '@flotilla/api';
import type { Cancel, Clock, Logger } from '@flotilla/base';
import type { Audit } from '../audit/audit.js';
import type { Authenticator } from '../auth/authenticators/authenticator.js';
import { authenticate } from '../auth/authenticators/chain.js';
import type { Attributes, Authorizer } from '../auth/authorizers/authorizer.js';
import { forbiddenError } from '../auth/forbidden.js';
import { impersonate } from '../auth/impersonation.js';
import { anonymousUser, type UserInfo } from '../auth/user-info.js';
import type { FlowControl } from '../flow-control/flow-control.js';
import type { Seat } from '../flow-control/priority-level.js';
import { requestTimeoutMs, retryAfterSeconds, startupWaitMs } from '../limits.js';
import { ClientGoneError, type Exchange } from './exchange.js';
import { goaway } from './http2.js';
import { type InFlight, isLongRunning } from './in-flight.js';
import type { RequestMetrics } from './metrics.js';
import { respondError, respondText } from './respond.js';
import type { Startup } from './startup.js';

export interface PipelineOptions {
  readonly authenticators: readonly Authenticator[];
  readonly authorizer: Authorizer;
  readonly inFlight: InFlight;
  /** Undefined: `--enable-priority-and-fairness=false`. */
  readonly flowControl: FlowControl | undefined;
  readonly metrics: RequestMetrics;
  readonly audit: Audit | undefined;
  readonly startup: Startup;
  readonly clock: Clock;
  readonly log: Logger;
  /** Decodes the body, runs the verb and responds. */
  route(exchange: Exchange): Promise<void>;
}

/** As whom a request is recorded whose credential was not accepted. */
const nobody: UserInfo = { username: '', uid: '', groups: [], extra: {} };

/** Probes must get an answer before roles are loaded, and from whoever asks. */
const alwaysAllowed = /^\/(healthz|livez|readyz)(\/|$)/;

/**
 * The life of a request, in the one order that keeps it safe: who is it, may they, is there room, and only then
 * is the body read and the verb run. What any step throws becomes a Status.
 */
export async function runPipeline(exchange: Exchange, options: PipelineOptions): Promise<void> {
  const { info } = exchange;
  let entered = false;
  let seat: Seat | undefined;
  let cancelTimeout: Cancel | undefined;
  try {
    await identify(exchange, options);
    await authorize(exchange, options);
    if (!isLongRunning(info)) {
      cancelTimeout = options.clock.after(requestTimeoutMs, () => exchange.abort(timedOut()));
      options.inFlight.enter(info);
      entered = true;
    }
    if (options.flowControl !== undefined && (entered || info.verb === 'watch')) {
      const entering = options.flowControl.enter(exchange);
      seat = entering instanceof Promise ? await exchange.elsewhere(entering) : entering;
      // To begin a watch is work; to have one is not.
      exchange.onStarted = () => seat?.release();
    }
    await options.route(exchange);
  } catch (error) {
    fail(exchange, error, options.log);
  } finally {
    cancelTimeout?.();
    seat?.release();
    if (entered) options.inFlight.leave(info);
    exchange.audit?.completed(isLongRunning(info));
    options.metrics.finished(info, exchange.known, {
      code: exchange.response.statusCode,
      seconds: (options.clock.monotonicMs() - exchange.startMs) / 1_000,
      elsewhereSeconds: exchange.elsewhereMs / 1_000,
      bytes: exchange.sentBytes,
      dryRun: exchange.query.get('dryRun') === 'All',
      applies: info.verb === 'patch' && exchange.header('content-type')?.startsWith(applyPatchType) === true,
    });
  }
}

/** Finds out who it is, and from then on records what they do. */
async function identify(exchange: Exchange, { authenticators, authorizer, audit, metrics }: PipelineOptions): Promise<void> {
  try {
    exchange.user = await authenticate(authenticators, exchange);
  } catch (error) {
    exchange.user = nobody;
    goaway(exchange.request);
    metrics.identified(undefined);
    if (error instanceof StatusError) audit?.begin(exchange)?.refused(error);
    throw error;
  }
  // Who is unknown may not keep a connection that can carry so much: CVE-2023-44487.
  if (exchange.user.username === anonymousUser.username) goaway(exchange.request);
  metrics.identified(exchange.user.username);
  if (audit !== undefined) await record(exchange, audit);
  const impersonated = await impersonate(exchange, authorizer);
  if (impersonated === undefined) return;
  exchange.audit?.impersonated(impersonated);
  exchange.user = impersonated;
}

/** @throws UnrecordedError when what cannot be recorded may not be done */
async function record(exchange: Exchange, audit: Audit): Promise<void> {
  const trail = audit.begin(exchange);
  if (trail === undefined) return;
  const received = trail.received();
  if (!(received instanceof Promise ? await received : received)) {
    audit.rejected();
    throw new UnrecordedError(`Internal Server Error: ${JSON.stringify(exchange.request.url)}: failed to store audit event\n`);
  }
  exchange.audit = trail;
}

/** The message is the answer, which is no Status in Kubernetes either. */
class UnrecordedError extends Error {
  override readonly name = 'UnrecordedError';
}

function timedOut(): Error {
  return statusErrors.timeout('request did not complete within the allotted timeout');
}

async function authorize(exchange: Exchange, options: PipelineOptions): Promise<void> {
  const { authorizer, startup, clock, metrics } = options;
  const { info, user } = exchange;
  if (!info.isResourceRequest && alwaysAllowed.test(info.path)) return;
  const attributes: Attributes = { ...info, user };
  const asked = authorizer.authorize(attributes);
  let decision = asked instanceof Promise ? await asked : asked;
  exchange.audit?.decided(decision);
  if (decision.verdict === 'allow') return metrics.authorized('allowed');
  if (!startup.ready) {
    // Nobody is told that they may not, as long as the roles that may allow it are not loaded.
    await startup.wait(clock, startupWaitMs);
    if (!startup.ready)
      throw statusErrors.serviceUnavailable('the server is starting and has not loaded its roles yet', retryAfterSeconds);
    decision = await authorizer.authorize(attributes);
    exchange.audit?.decided(decision);
    if (decision.verdict === 'allow') return metrics.authorized('allowed');
  }
  metrics.authorized('denied');
  throw forbiddenError(attributes, decision.reason);
}

function fail(exchange: Exchange, error: unknown, log: Logger): void {
  if (error instanceof ClientGoneError) {
    exchange.response.destroy();
    return;
  }
  exchange.audit?.failed(error);
  if (!(error instanceof StatusError)) {
    log.error({ err: error, method: exchange.method, path: exchange.info.path, auditId: exchange.auditId }, 'request failed');
  }
  const { response, upgrade } = exchange;
  // Nobody is left to answer: the client has gone, or the connection has become a WebSocket.
  if (response.destroyed || (upgrade !== undefined && response.socket === null)) return;
  if (error instanceof UnrecordedError) void respondText(exchange, 500, error.message);
  else respondError(exchange, error);
}
