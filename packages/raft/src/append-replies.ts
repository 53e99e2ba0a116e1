import type { Core } from './core.js';
import type { NodeId } from './types.js';

/** Everything up to `index` will be durable here when this leaves. */
export function acknowledgeAppend(core: Core, to: NodeId, index: number): void {
  core.sendAfterPersist({ ...reply(core, to, index), reject: false, hintIndex: 0, hintTerm: 0, lost: false });
}

/** @param hint where the logs may still agree; index 0 when the refusal only tells the term */
export function refuseAppend(core: Core, to: NodeId, index: number, hint: { index: number; term: number }): void {
  const lost = core.fence !== undefined;
  core.sendAfterPersist({ ...reply(core, to, index), reject: true, hintIndex: hint.index, hintTerm: hint.term, lost });
}

function reply(core: Core, to: NodeId, index: number) {
  return { type: 'append-response', from: core.id, to, term: core.term, index } as const;
}
