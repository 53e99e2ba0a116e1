import type { Persisted, Pod } from '@flotilla/api';
import type { Plugin } from '../../framework/plugin.js';

/** Writes the decision. @throws StatusError Conflict when the pod has a node already; ConnectionError */
export type WriteBinding = (pod: Persisted<Pod>, nodeName: string, signal: AbortSignal) => Promise<void>;

/** Posts a Binding: the API server sets `spec.nodeName`, once and never again. */
export function defaultBinder(write: WriteBinding): Plugin {
  return {
    name: 'DefaultBinder',
    async bind(_state, { pod }, nodeName, signal) {
      await write(pod, nodeName, signal);
      return true;
    },
  };
}
