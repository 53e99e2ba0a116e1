import { type Definition, type Draft, type KubernetesObject, kinds } from '@flotilla/api';
import { warningCharactersMax } from '../limits.js';
import type { RequestContext } from './registry.js';
import { warnOfKeyPair } from './warn-of-key-pair.js';

/** Tells whoever writes an object what its kind warns of, and of keys, which no kind can look into. `old`: what an update of the main resource changes. */
export function warnOfObject(
  definition: Definition,
  { notes }: RequestContext,
  draft: Draft<KubernetesObject>,
  old?: KubernetesObject,
): void {
  if (notes === undefined) return;
  let characters = 0;
  const warnings = [
    ...(definition.warnings?.(draft, old) ?? []),
    ...(definition.storagePath === kinds.secrets.storagePath ? warnOfKeyPair(draft) : []),
  ];
  for (const warning of warnings) {
    notes.warn(warning);
    characters += warning.length;
    if (characters > warningCharactersMax) return;
  }
}
