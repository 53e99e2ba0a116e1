import { X509Certificate } from 'node:crypto';
import { hasReason, kinds } from '@flotilla/api';
import { AssertionError, sleep } from '@flotilla/base';
import type { Controller } from '../../controller.js';
import { type ConditionType, hasCondition, isIssued, type Request } from './requests.js';

/** As often, and as old, as in Kubernetes. */
const periodMs = 3_600_000;
const decidedMaxMs = 3_600_000;
const pendingMaxMs = 24 * 3_600_000;

/** Requests that nobody will look at any more go. Woken by time; deletes requests. */
export const certificateCleanerController: Controller = {
  name: 'certificatesigningrequest-cleaner-controller',
  start({ client, informers, clock, log }) {
    const requests = informers.informer(kinds.certificateSigningRequests);
    const resource = client.resource(kinds.certificateSigningRequests);
    const clean = async (signal: AbortSignal) => {
      for (const request of requests.list()) {
        if (!isOutdated(request, clock.wallMs())) continue;
        const { name, uid } = request.metadata;
        await resource.delete(name, { preconditions: { uid }, signal }).catch((error: unknown) => {
          if (!hasReason(error, 'NotFound', 'Conflict')) throw error;
        });
      }
    };
    return async (signal) => {
      while (!signal.aborted) {
        await clean(signal).catch((error: unknown) => {
          if (error instanceof AssertionError) throw error;
          if (!signal.aborted) log.warn({ err: error }, 'certificate requests were not cleaned up, trying again');
        });
        await sleep(clock, periodMs, signal).catch(() => undefined);
      }
    };
  },
};

export function isOutdated(request: Request, nowMs: number): boolean {
  const olderThan = (time: string | undefined, limitMs: number) => time !== undefined && nowMs - Date.parse(time) > limitMs;
  const decided = (type: ConditionType) => {
    const condition = request.status?.conditions?.find((one) => one.type === type);
    return olderThan(condition?.lastUpdateTime, decidedMaxMs);
  };
  const pending = !(['Approved', 'Denied', 'Failed'] as const).some((type) => hasCondition(request, type));
  return (
    decided('Approved') ||
    decided('Denied') ||
    decided('Failed') ||
    (pending && olderThan(request.metadata.creationTimestamp, pendingMaxMs)) ||
    (isIssued(request) && hasExpired(request, nowMs))
  );
}

function hasExpired({ status }: Request, nowMs: number): boolean {
  try {
    return Date.parse(new X509Certificate(Buffer.from(status?.certificate ?? '', 'base64')).validTo) < nowMs;
  } catch {
    return false; // of a signer that issues something else
  }
}
