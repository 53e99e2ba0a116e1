import { readFile } from 'node:fs/promises';
import { kinds } from '@flotilla/api';
import { errorMessage } from '@flotilla/base';
import type { ApiClient, ObjectReader } from '@flotilla/client';
import { done, type ReconcileResult, runController, WorkQueue } from '@flotilla/controller-kit';
import type { Controller } from '../../controller.js';
import type { SigningSettings } from '../../settings.js';
import { unlessGone } from '../../shared/absence.js';
import { hasCondition, isIssued, pemOf, type Request, withRequestCondition } from './requests.js';
import { signerRules } from './signer-rules.js';

const name = 'certificatesigningrequest-signing-controller';
const workers = 5;
/** Two clocks of one cluster may differ by this much. */
const backdateMs = 5 * 60_000;
/** Shorter certificates are valid for all of the time that was asked for, longer ones for that less the backdating. */
const shortMs = 8 * 3_600_000;
const durationMinMs = 10 * 60_000;

/** Approved requests to Kubernetes' own signers are signed. Woken by requests; updates their status. */
export const certificateSigningController: Controller = {
  name,
  start({ client, informers, clock, log, settings }) {
    const { signing } = settings;
    if (signing === undefined) return async () => undefined;
    const queue = new WorkQueue({ clock });
    const requests = informers.informer(kinds.certificateSigningRequests);
    const wake = ({ metadata }: Request) => queue.add(metadata.name);
    requests.addHandler({ added: wake, updated: (_before, request) => wake(request) });
    const reconcile = (key: string, signal: AbortSignal) => sign(key, { client, requests, signing }, signal);
    return (signal) => runController({ name, queue, workers, reconcile, log }, signal);
  },
};

interface SigningDeps {
  readonly client: ApiClient;
  readonly requests: ObjectReader<Request>;
  readonly signing: SigningSettings;
}

async function sign(key: string, deps: SigningDeps, signal: AbortSignal): Promise<ReconcileResult> {
  const { client, signing } = deps;
  const request = deps.requests.get(key);
  if (request === undefined || isIssued(request) || !hasCondition(request, 'Approved') || hasCondition(request, 'Failed'))
    return done;
  const { signerName, usages = [], expirationSeconds } = request.spec;
  const rule = signerRules[signerName];
  if (rule === undefined) return done; // somebody else's
  const { Authority, SigningRequest } = await import('@flotilla/pki'); // large, and few clusters ask
  const asked = await SigningRequest.parse(pemOf(request)).catch((error: unknown) => {
    throw new Error(`unable to parse csr "${key}": ${errorMessage(error)}`);
  });
  const problem = rule(asked, usages);
  const nowMs = client.clock.wallMs();
  if (problem !== undefined) {
    const failed = { type: 'Failed', reason: 'SignerValidationFailure', message: problem } as const;
    await updateStatus(client, withRequestCondition(request, failed, nowMs), signal);
    return done;
  }
  // Read each time: whoever replaces them means it.
  const [cert, signingKey] = await Promise.all([readFile(signing.certFile, 'utf8'), readFile(signing.keyFile, 'utf8')]);
  const authority = await Authority.load({ cert, key: signingKey });
  const issued = await authority.sign(asked, { usages, ...validity(expirationSeconds, signing.durationMs, nowMs) });
  const certificate = Buffer.from(issued).toString('base64');
  await updateStatus(client, { ...request, status: { ...request.status, certificate } }, signal);
  return done;
}

/** @param expirationSeconds what was asked for; it counts where it is less than usual */
export function validity(
  expirationSeconds: number | undefined,
  usualMs: number,
  nowMs: number,
): { readonly notBeforeMs: number; readonly notAfterMs: number } {
  const askedMs = expirationSeconds === undefined ? usualMs : Math.max(durationMinMs, expirationSeconds * 1_000);
  const durationMs = Math.min(usualMs, askedMs);
  const notBeforeMs = nowMs - backdateMs;
  return { notBeforeMs, notAfterMs: (durationMs < shortMs ? nowMs : notBeforeMs) + durationMs };
}

async function updateStatus(client: ApiClient, request: Request, signal: AbortSignal): Promise<void> {
  await unlessGone(client.resource(kinds.certificateSigningRequests).updateStatus(request, { signal }));
}
