import { type Definition, statusErrors } from '@flotilla/api';
import { type Clock, errorMessage, type Logger } from '@flotilla/base';
import { webhookTimeoutByDefaultMs } from '../../limits.js';
import type { WebhookClient } from '../../webhooks/webhook-client.js';
import type { AdmissionReads, AdmissionRequest } from '../admission.js';
import type { AdmissionMetrics, WebhookCall } from '../admission-metrics.js';
import { type Access, AccessMemo } from '../matching/access-memo.js';
import { admissionActivation } from '../matching/admission-variables.js';
import { conditionsHold } from '../matching/match-conditions.js';
import { shownObjects } from '../matching/review-request.js';
import { matchRules } from '../matching/rules.js';
import { namespaceMatches, objectMatches } from '../matching/selectors.js';
import type { Hook } from './hook-source.js';
import { createReview, readVerdict, rejection, UnsupportedPatchError, type Verdict } from './review.js';

export interface WebhookTools {
  readonly client: WebhookClient;
  readonly access: Access;
  readonly clock: Clock;
  readonly log: Logger;
  /** Absent: nobody counts. */
  readonly metrics?: AdmissionMetrics | undefined;
}

/** A webhook that could not be asked, or whose answer was none. Its failure policy decides what becomes of the request. */
class CallError extends Error {}

/**
 * Whether the webhook is to be asked, and in which version it wants to see the object.
 * @throws StatusError when that cannot be told
 */
export async function matchHook(
  { webhook, conditions }: Hook,
  request: AdmissionRequest,
  reads: AdmissionReads,
  { access }: WebhookTools,
): Promise<Definition | undefined> {
  if (!objectMatches(webhook.objectSelector, request)) return undefined;
  const shown = matchRules(webhook.rules ?? [], request, reads.catalogue.definitions, webhook.matchPolicy);
  // Rules first: a request that no rule is about must not fail because its namespace is not there.
  if (shown === undefined || !(await namespaceMatches(webhook.namespaceSelector, request, reads))) return undefined;
  if (conditions.length === 0) return shown;
  const memo = new AccessMemo(access, request.user);
  const activation = admissionActivation(request, shown, await shownObjects(request, shown), memo);
  const held = await conditionsHold(conditions, webhook.failurePolicy, activation, memo);
  if ('error' in held) {
    const { group, plural: resource } = request.definition;
    throw statusErrors.forbidden({ group, resource }, request.name, held.error);
  }
  return held.matches ? shown : undefined;
}

/**
 * Asks the webhook.
 * @returns undefined when it could not be asked and that does not matter
 * @throws StatusError when it says no, or could not be asked and that does matter
 */
export async function askHook(
  hook: Hook,
  request: AdmissionRequest,
  shown: Definition,
  reads: AdmissionReads,
  tools: WebhookTools,
  mutating: boolean,
): Promise<Verdict | undefined> {
  const { webhook } = hook;
  const { clock, metrics } = tools;
  const phase = mutating ? 'admit' : 'validate';
  const startMs = clock.monotonicMs();
  const count = (code: number, refusal: WebhookCall['refusal']) => {
    const seconds = (clock.monotonicMs() - startMs) / 1_000;
    metrics?.webhook({ name: webhook.name, phase, operation: request.operation, seconds, code, refusal });
  };
  try {
    const verdict = await call(hook, request, shown, reads, tools, mutating);
    for (const warning of verdict.warnings) request.notes?.warn(warning);
    for (const [key, value] of Object.entries(verdict.auditAnnotations)) request.notes?.annotate(`${webhook.name}/${key}`, value);
    if (verdict.allowed) {
      count(200, undefined);
      return verdict;
    }
    const refused = rejection(webhook.name, verdict.status);
    count(refused.code, 'no_error');
    throw refused;
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
    const ignored = webhook.failurePolicy === 'Ignore';
    count(ignored ? 200 : 500, ignored ? undefined : 'calling_webhook_error');
    if (ignored) metrics?.failedOpen(webhook.name, phase);
    const message = `failed calling webhook ${JSON.stringify(webhook.name)}: ${error.message}`;
    if (!ignored) throw statusErrors.internalError(message);
    tools.log.warn({ webhook: webhook.name, configuration: hook.configuration, reason: error.message }, 'webhook failed open');
    return undefined;
  }
}

async function call(
  { webhook }: Hook,
  request: AdmissionRequest,
  shown: Definition,
  reads: AdmissionReads,
  { client }: WebhookTools,
  mutating: boolean,
): Promise<Verdict> {
  const { name, sideEffects, admissionReviewVersions, clientConfig, timeoutSeconds } = webhook;
  if (request.dryRun && sideEffects !== 'None' && sideEffects !== 'NoneOnDryRun') {
    throw statusErrors.badRequest(`admission webhook ${JSON.stringify(name)} does not support dry run`);
  }
  const review = await createReview(request, shown, admissionReviewVersions);
  if (review === undefined) {
    const why = 'webhook does not accept known AdmissionReview versions (v1, v1beta1)';
    throw new CallError(`could not create admission objects: ${why}`);
  }
  const timeoutMs = timeoutSeconds === undefined ? webhookTimeoutByDefaultMs : timeoutSeconds * 1_000;
  let answer: unknown;
  try {
    answer = await client.call(clientConfig, review, timeoutMs, reads, request.signal);
  } catch (error) {
    if (request.signal.aborted) throw request.signal.reason;
    throw new CallError(`failed to call webhook: ${errorMessage(error)}`);
  }
  try {
    return readVerdict(review, answer, mutating);
  } catch (error) {
    if (error instanceof UnsupportedPatchError) throw new CallError(error.message);
    throw new CallError(`received invalid webhook response: ${errorMessage(error)}`);
  }
}
