import { crc32c } from './crc32.js';
import { revisionKey } from './record.js';
import type { State } from './state.js';

/**
 * A digest of the history in (compactRevision, revision] and of the state as of compactRevision. Two members that
 * agree on it hold the same data, however far each has come with removing what is compacted.
 */
export function hashState(state: State, revision: number): number {
  const { compactRevision } = state;
  let crc = 0;
  state.index.visit({ start: '', end: undefined, single: false }, (history) => {
    const { revisions } = history;
    for (const [i, { main, sub, version }] of revisions.entries()) {
      if (main > revision) break;
      const next = revisions[i + 1];
      const superseded = next !== undefined && next.main <= compactRevision;
      const dead = version === 0 && main < compactRevision;
      if (superseded || dead) continue;
      crc = crc32c(crc32c(crc, revisionKey(main, sub)), state.record(main, sub));
    }
    return true;
  });
  return crc;
}
