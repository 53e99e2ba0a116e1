import { type Draft, isMirror, type Pod, type ServiceAccount } from '@flotilla/api';
import { type Clock, type Random, sleep } from '@flotilla/base';
import { defaultAccountAttempts, defaultAccountRetryMaxMs, defaultAccountRetryMinMs } from '../../../limits.js';
import { generateName } from '../../../registry/identity.js';
import type { AdmissionPlugin, AdmissionReads, AdmissionRequest } from '../../admission.js';
import { refused } from '../refusal.js';
import { mountToken, tokenVolumePrefix } from './mount-token.js';
import { mirrorPodProblem, unlistedSecret, wantsToken } from './rules.js';

const serviceAccounts = { group: '', plural: 'serviceaccounts' } as const;
const defaultName = 'default';

interface Tools {
  readonly clock: Clock;
  readonly random: Random;
}

/** Every pod runs as some ServiceAccount that exists: `default`, unless it names one. It gets a token of the account to show to the API server. */
export function serviceAccount({ clock, random }: Tools): AdmissionPlugin {
  return {
    name: 'ServiceAccount',
    handles({ operation, definition, subresource }) {
      if (definition.storagePath !== 'pods') return false;
      return operation === 'CREATE' ? subresource === '' : operation === 'UPDATE' && subresource === 'ephemeralcontainers';
    },

    async mutate(request, reads) {
      const pod = request.object as Draft<Pod>; // handles() lets only pods through
      if (request.operation !== 'CREATE' || isMirror(pod)) return;
      pod.spec ??= {};
      const { spec } = pod;
      spec.serviceAccountName ||= defaultName;
      const account = await accountOf(request, spec.serviceAccountName, reads, { clock, random });
      if (wantsToken(account, spec)) mountToken(spec, () => generateName(tokenVolumePrefix, random));
      const { imagePullSecrets = [] } = account;
      if ((spec.imagePullSecrets ?? []).length === 0 && imagePullSecrets.length > 0) {
        spec.imagePullSecrets = imagePullSecrets.map(({ name = '' }) => ({ name }));
      }
    },

    async validate(request, reads) {
      const pod = request.object as Draft<Pod>; // handles() lets only pods through
      if (request.operation === 'CREATE' && isMirror(pod)) {
        const problem = mirrorPodProblem(pod);
        if (problem !== undefined) throw refused(request, problem);
        return;
      }
      const { serviceAccountName: name = '' } = pod.spec ?? {};
      if (name === '') {
        throw refused(request, `no service account specified for pod ${request.namespace}/${pod.metadata?.name ?? ''}`);
      }
      const account = await accountOf(request, name, reads, { clock, random });
      const problem = unlistedSecret(account, pod, request.operation === 'UPDATE');
      if (problem !== undefined) throw refused(request, problem);
    },
  };
}

/** The account `default` is waited for: it is made a moment after its namespace. */
async function accountOf(
  request: AdmissionRequest,
  name: string,
  reads: AdmissionReads,
  { clock, random }: Tools,
): Promise<ServiceAccount> {
  const { namespace, signal } = request;
  const cached = (await reads.cached(serviceAccounts)).get(namespace, name);
  if (cached !== undefined) return cached as ServiceAccount; // read as one
  const attempts = name === defaultName ? defaultAccountAttempts : 1;
  const delayMs = defaultAccountRetryMinMs + random.next() * (defaultAccountRetryMaxMs - defaultAccountRetryMinMs);
  for (let attempt = 1; ; attempt++) {
    const stored = await reads.live(serviceAccounts, namespace, name);
    if (stored !== undefined) return stored as ServiceAccount; // read as one
    if (attempt === attempts) break;
    await sleep(clock, delayMs, signal);
  }
  const why = `serviceaccount ${JSON.stringify(name)} not found`;
  throw refused(request, `error looking up service account ${namespace}/${name}: ${why}`);
}
