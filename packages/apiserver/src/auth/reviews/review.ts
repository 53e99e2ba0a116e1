import type { Draft, KubernetesObject, Verb } from '@flotilla/api';
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

/** Answers a posted review. @returns the object with its status */
export async function createReview(review: Review, object: Draft<KubernetesObject>, context: ReviewContext): Promise<object> {
  const { metadata, spec } = object as { readonly metadata?: object; readonly spec?: Record<string, unknown> }; // decoded as its kind
  const status = await review.answer(spec ?? {}, context);
  return {
    kind: review.kind,
    apiVersion: `${review.group}/${review.version}`,
    metadata: { creationTimestamp: null, ...metadata },
    ...(spec === undefined ? {} : { spec }),
    status,
  };
}

export function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

export function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}
