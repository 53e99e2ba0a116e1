import type { Core } from './core.js';
import type { NodeId } from './types.js';

/** Everything up to `index` will be durable here when this leaves. */
export function acknowledgeAppend(core: Core, to: NodeId, index: number): void {
  const { id: from, term } = core;
  // A leader makes one for every proposal: written out, because spreading an object takes ten times as long.
  core.sendAfterPersist({
    type: 'append-response',
    from,
    to,
    term,
    index,
    reject: false,
    hintIndex: 0,
    hintTerm: 0,
    lost: false,
  });
}

/** @param hint where the logs may still agree; index 0 when the refusal only tells the term */
export function refuseAppend(core: Core, to: NodeId, index: number, hint: { index: number; term: number }): void {
  const { id: from, term } = core;
  const lost = core.fence !== undefined;
  const { index: hintIndex, term: hintTerm } = hint;
  core.sendAfterPersist({ type: 'append-response', from, to, term, index, reject: true, hintIndex, hintTerm, lost });
}
