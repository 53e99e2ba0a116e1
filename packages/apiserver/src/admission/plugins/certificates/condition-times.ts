import { type CertificateSigningRequest, type Draft, timeText } from '@flotilla/api';
import type { Clock } from '@flotilla/base';
import type { AdmissionPlugin } from '../../admission.js';
import { isSigningRequest } from './signing-request.js';

const writesConditions = ['approval', 'status'];

/**
 * Says when each condition was written and when it began to hold, where the client does not: `kubectl certificate approve`
 * leaves it to the server. Always on.
 */
export function certificateConditionTimes(clock: Clock): AdmissionPlugin {
  return {
    name: 'CertificateConditionTimes',
    handles: (request) =>
      isSigningRequest(request) && request.operation === 'UPDATE' && writesConditions.includes(request.subresource),
    mutate({ object, old }) {
      const draft = object as Draft<CertificateSigningRequest>; // the definition says so
      const before = (old as CertificateSigningRequest).status?.conditions ?? []; // likewise
      const now = timeText(clock.wallMs());
      for (const condition of draft.status?.conditions ?? []) {
        condition.lastUpdateTime ??= now;
        const same = before.find(({ type, status }) => type === condition.type && status === condition.status);
        condition.lastTransitionTime ??= same?.lastTransitionTime ?? now;
      }
    },
  };
}
