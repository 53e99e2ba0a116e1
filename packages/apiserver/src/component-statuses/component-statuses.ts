import type { ComponentStatus } from '@flotilla/api';
import type { ComputedResource } from '../registry/computed-resource.js';

/** What a component answers to the question how it is. */
export interface ProbeResult {
  readonly healthy: boolean;
  /** What it says. */
  readonly message?: string;
  /** Why it could not be asked. */
  readonly error?: string;
}

/** Asks one component. Never rejects: that a component does not answer is the answer. */
export type ComponentProbe = (signal: AbortSignal) => Promise<ProbeResult>;

/** `kubectl get componentstatuses`: how the components of the control plane are at this moment, each by name. */
export function componentStatuses(probes: ReadonlyMap<string, ComponentProbe>): ComputedResource {
  return {
    async get(name, signal) {
      const probe = probes.get(name);
      return probe === undefined ? undefined : statusOf(name, await probe(signal));
    },
    list: (signal) => Promise.all([...probes].map(async ([name, probe]) => statusOf(name, await probe(signal)))),
  };
}

function statusOf(name: string, { healthy, message = '', error = '' }: ProbeResult): ComponentStatus {
  return {
    kind: 'ComponentStatus',
    apiVersion: 'v1',
    metadata: { name },
    conditions: [
      {
        type: 'Healthy',
        status: healthy ? 'True' : 'False',
        ...(message === '' ? {} : { message }),
        ...(error === '' ? {} : { error }),
      },
    ],
  };
}
