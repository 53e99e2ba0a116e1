import type { Core } from './core.js';
import type { ReadIndexMessage, ReadIndexResponse } from './message.js';
import type { PendingRead } from './read-only.js';
import { broadcastHeartbeat } from './sending.js';
import { noNode } from './types.js';

/** @returns false when there is no leader to ask */
export function requestRead(core: Core, context: number): boolean {
  if (core.role === 'leader') {
    beginRead(core, { from: core.id, context });
    return true;
  }
  if (core.leader === noNode) return false;
  core.send({ type: 'read-index', from: core.id, to: core.leader, term: 0, context });
  return true;
}

/** Read requests of followers; one that reaches a member which does not lead is dropped, and asked again. */
export function handleReadIndex(core: Core, message: ReadIndexMessage): void {
  if (core.role === 'leader') beginRead(core, { from: message.from, context: message.context });
}

export function handleReadIndexResponse(core: Core, message: ReadIndexResponse): void {
  core.readStates.push({ context: message.context, index: message.index });
}

/** The leader has committed an entry of its term: reads that came before can start. */
export function startWaitingReads(core: Core): void {
  for (const read of core.reads.takeWaiting()) beginRead(core, read);
}

/** A follower, or this leader itself, confirmed the leadership. */
export function releaseConfirmedReads(core: Core): void {
  const confirmed = core.reads.takeConfirmed((isConfirmed) => core.tracker.hasQuorum((id) => id === core.id || isConfirmed(id)));
  for (const read of confirmed) answer(core, read, read.index);
}

function beginRead(core: Core, read: PendingRead): void {
  if (!core.committedInTerm) {
    core.reads.wait(read);
    return;
  }
  if (core.tracker.isSingleVoter(core.id)) {
    answer(core, read, core.log.committed);
    return;
  }
  core.reads.begin(read, core.log.committed);
  broadcastHeartbeat(core);
}

function answer(core: Core, read: PendingRead, index: number): void {
  if (read.from === core.id) core.readStates.push({ context: read.context, index });
  else {
    core.send({ type: 'read-index-response', from: core.id, to: read.from, term: core.term, context: read.context, index });
  }
}
