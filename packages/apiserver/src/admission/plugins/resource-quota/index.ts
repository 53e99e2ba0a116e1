import type { Definition } from '@flotilla/api';
import type { Clock } from '@flotilla/base';
import type { AdmissionPlugin } from '../../admission.js';
import { QuotaLedger } from './ledger.js';

/** Kinds whose updates can take more of a quota, with the path on which they do; all others count only by being there. */
const growing: Readonly<Record<string, string>> = { pods: 'resize', 'services/specs': '', persistentvolumeclaims: '' };

/** What a namespace has is counted when it is made, and nothing is made beyond the namespace's quotas. */
export function resourceQuota(clock: Clock): AdmissionPlugin {
  const ledger = new QuotaLedger(clock);
  return {
    name: 'ResourceQuota',
    handles({ operation, definition, subresource }) {
      if (!definition.namespaced || isEvent(definition)) return false;
      return operation === 'CREATE'
        ? subresource === ''
        : operation === 'UPDATE' && growing[definition.storagePath] === subresource;
    },
    validate: (request, reads) => ledger.charge(request, reads),
  };
}

/** There are too many of them, and they vanish by themselves. */
function isEvent({ storagePath }: Definition): boolean {
  return storagePath === 'events';
}
