import type { Draft, Pod, Toleration } from '@flotilla/api';
import type { AdmissionPlugin } from '../../admission.js';

const notReady = 'node.kubernetes.io/not-ready';
const unreachable = 'node.kubernetes.io/unreachable';

/** How long a pod stays on a node that has gone, unless it says so itself. */
export function defaultTolerationSeconds(seconds: { readonly notReady: number; readonly unreachable: number }): AdmissionPlugin {
  return {
    name: 'DefaultTolerationSeconds',
    handles: ({ operation, definition, subresource }) =>
      operation !== 'DELETE' && subresource === '' && definition.storagePath === 'pods',

    /** On updates too: who sends again what a pod was made of does not mean to take its tolerations away. */
    mutate({ object }) {
      const pod = object as Draft<Pod>; // handles() lets only pods through
      pod.spec ??= {};
      const tolerations = pod.spec.tolerations ?? [];
      const added = [
        ...(tolerates(tolerations, notReady) ? [] : [toleration(notReady, seconds.notReady)]),
        ...(tolerates(tolerations, unreachable) ? [] : [toleration(unreachable, seconds.unreachable)]),
      ];
      if (added.length > 0) pod.spec.tolerations = [...tolerations, ...added];
    },
  };
}

function tolerates(tolerations: readonly Draft<Toleration>[], taint: string): boolean {
  return tolerations.some(
    ({ key = '', effect = '' }) => (key === taint || key === '') && (effect === 'NoExecute' || effect === ''),
  );
}

function toleration(key: string, tolerationSeconds: number): Toleration {
  return { key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds };
}
