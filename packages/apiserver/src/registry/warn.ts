import type { Definition, Draft, KubernetesObject } from '@flotilla/api';
import { warningCharactersMax } from '../limits.js';
import type { RequestContext } from './registry.js';

/** Tells whoever writes an object what its kind warns of. `old`: what an update of the main resource changes. */
export function warnOfObject(
  definition: Definition,
  { notes }: RequestContext,
  draft: Draft<KubernetesObject>,
  old?: KubernetesObject,
): void {
  if (notes === undefined) return;
  let characters = 0;
  for (const warning of definition.warnings?.(draft, old) ?? []) {
    notes.warn(warning);
    characters += warning.length;
    if (characters > warningCharactersMax) return;
  }
}
