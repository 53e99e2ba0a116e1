import type { Pod } from '../generated/types.js';
import type { Draft } from '../objects.js';

/** Of a pod that a kubelet runs by itself and has told the API server of. */
export const mirrorAnnotation = 'kubernetes.io/config.mirror';

export function isMirror({ metadata }: Draft<Pod> | Pod): boolean {
  return metadata?.annotations?.[mirrorAnnotation] !== undefined;
}
