import { randomUUID } from 'node:crypto';
import { type Definition, groupVersionKindText, isRecord, parseApiVersion, type StatusDetails, StatusError } from '@flotilla/api';
import type { AdmissionRequest } from '../admission.js';
import { reviewRequest, shownObjects } from '../matching/review-request.js';

const versions: readonly string[] = ['v1', 'v1beta1'];

/** An `admission.k8s.io` AdmissionReview on its way to a webhook. */
export interface Review {
  readonly apiVersion: string;
  readonly kind: 'AdmissionReview';
  readonly request: { readonly uid: string };
}

/** @returns undefined when the webhook takes no version that we speak */
export async function createReview(
  request: AdmissionRequest,
  shown: Definition,
  accepted: readonly string[],
): Promise<Review | undefined> {
  const version = accepted.find((candidate) => versions.includes(candidate));
  if (version === undefined) return undefined;
  return {
    kind: 'AdmissionReview',
    apiVersion: `admission.k8s.io/${version}`,
    request: { uid: randomUUID(), ...reviewRequest(request, shown), ...(await shownObjects(request, shown)) },
  };
}

/** What a webhook has answered, once it is known to be an answer to the review. */
export interface Verdict {
  readonly allowed: boolean;
  readonly status: Rejection | undefined;
  /** RFC 6902. */
  readonly patch: unknown;
  readonly warnings: readonly string[];
  readonly auditAnnotations: Readonly<Record<string, string>>;
}

/** The parts of a Status that reach the client. */
interface Rejection {
  readonly code: number;
  readonly reason: string;
  readonly message: string;
  readonly details: StatusDetails | undefined;
}

/** @throws TypeError with what is wrong with the answer */
export function readVerdict(review: Review, answer: unknown, mutating: boolean): Verdict {
  const { apiVersion, kind, response } = isRecord(answer) ? answer : {};
  if (!isRecord(response)) throw new TypeError('webhook response was absent');
  const exact = review.apiVersion.endsWith('/v1');
  if (exact && response['uid'] !== review.request.uid) {
    throw new TypeError(
      `expected response.uid=${JSON.stringify(review.request.uid)}, got ${JSON.stringify(response['uid'] ?? '')}`,
    );
  }
  if (exact && (apiVersion !== review.apiVersion || kind !== review.kind)) {
    throw new TypeError(
      `expected webhook response of ${gvkText(review.apiVersion, review.kind)}, got ${gvkText(apiVersion, kind)}`,
    );
  }
  const { allowed, status, warnings, auditAnnotations } = response;
  return {
    allowed: allowed === true,
    status: isRecord(status) ? readRejection(status) : undefined,
    patch: readPatch(response, mutating, exact),
    warnings: Array.isArray(warnings) ? warnings.map(String) : [],
    auditAnnotations: isRecord(auditAnnotations)
      ? Object.fromEntries(Object.entries(auditAnnotations).map(([key, value]) => [key, String(value)]))
      : {},
  };
}

function readRejection({ code, reason, message, details }: Readonly<Record<string, unknown>>): Rejection {
  return {
    code: typeof code === 'number' ? code : 0,
    reason: typeof reason === 'string' ? reason : '',
    message: typeof message === 'string' ? message : '',
    details: isRecord(details) ? details : undefined,
  };
}

function readPatch(response: Readonly<Record<string, unknown>>, mutating: boolean, exact: boolean): unknown {
  const { patch, patchType } = response;
  const given = typeof patch === 'string' && patch !== '';
  if (!mutating) {
    if (exact && given) throw new TypeError('validating webhook may not return response.patch');
    if (exact && patchType !== undefined) throw new TypeError('validating webhook may not return response.patchType');
    return undefined;
  }
  if (exact && given && patchType === undefined)
    throw new TypeError('webhook returned response.patch but not response.patchType');
  if (exact && !given && patchType !== undefined)
    throw new TypeError('webhook returned response.patchType but not response.patch');
  if (!given) return undefined;
  if (exact && patchType === '') throw new TypeError('webhook returned invalid response.patchType of ""');
  if (exact && patchType !== 'JSONPatch') throw new UnsupportedPatchError(`unsupported patch type ${JSON.stringify(patchType)}`);
  try {
    return JSON.parse(Buffer.from(patch, 'base64').toString('utf8'));
  } catch (error) {
    throw new UnsupportedPatchError(
      `received undecodable patch in webhook response: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/** A patch that the answer is right to have, and that cannot be read. */
export class UnsupportedPatchError extends Error {}

function gvkText(apiVersion: unknown, kind: unknown): string {
  return groupVersionKindText({ ...parseApiVersion(String(apiVersion ?? '')), kind: String(kind ?? '') });
}

/** What the client hears when a webhook says no. */
export function rejection(name: string, status: Rejection | undefined): StatusError {
  const deniedBy = `admission webhook ${JSON.stringify(name)} denied the request`;
  const { code, message, reason, details } = status ?? { code: 0, message: '', reason: '', details: undefined };
  const why = message !== '' ? `: ${message}` : reason !== '' ? `: ${reason}` : ' without explanation';
  return new StatusError(Math.max(code, 400), reason, deniedBy + why, details);
}
