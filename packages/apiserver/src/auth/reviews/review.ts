import { isRecord, statusErrors, type Verb } from '@flotilla/api';
import type { TokenIdentity } from '../authenticators/authenticator.js';
import type { Authorizer } from '../authorizers/authorizer.js';
import type { UserInfo } from '../user-info.js';

/** What a review may ask. */
export interface ReviewContext {
  readonly user: UserInfo;
  /** Of the URL; empty on cluster-scoped reviews. */
  readonly namespace: string;
  readonly authorizer: Authorizer;
  /** @param audiences empty: those of the API server */
  authenticateToken(token: string, audiences: readonly string[]): Promise<TokenIdentity | undefined>;
}

/** A kind that is never stored: its create is a question, and the answer is the object with its status filled in. */
export interface Review {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  /** @param spec the body's spec; empty when there is none */
  answer(spec: Record<string, unknown>, context: ReviewContext): Promise<object>;
}

export const reviewVerbs: readonly Verb[] = ['create'];

/**
 * Answers a posted review.
 * @returns the object with its status
 * @throws StatusError when the body is not an object of the review's kind
 */
export async function createReview(review: Review, body: unknown, context: ReviewContext): Promise<object> {
  const apiVersion = `${review.group}/${review.version}`;
  if (!isRecord(body)) throw statusErrors.badRequest(`the object provided is unrecognized (must be of type ${review.kind})`);
  if (body['kind'] !== review.kind || body['apiVersion'] !== apiVersion) {
    throw statusErrors.badRequest(
      `the object provided is unrecognized (must be of type ${review.kind}): ${text(body['apiVersion'])}, Kind=${text(body['kind'])}`,
    );
  }
  const spec = isRecord(body['spec']) ? body['spec'] : {};
  const status = await review.answer(spec, context);
  const metadata = isRecord(body['metadata']) ? body['metadata'] : {};
  return {
    kind: review.kind,
    apiVersion,
    metadata: { creationTimestamp: null, ...metadata },
    ...(isRecord(body['spec']) ? { spec } : {}),
    status,
  };
}

export function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

export function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}
