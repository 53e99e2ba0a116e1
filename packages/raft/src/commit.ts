import { acknowledgeAppend } from './append-replies.js';
import type { Core } from './core.js';
import { startWaitingReads } from './reads.js';
import { type Entry, entryBytes } from './types.js';

/** A leader adds an entry to its own log. It counts towards the quorum only when the disk has it. */
export function appendOwn(core: Core, type: Entry['type'], data: Uint8Array): Entry {
  const entry: Entry = { index: core.log.lastIndex + 1, term: core.term, type, data };
  core.log.append([entry]);
  core.uncommittedBytes += data.length > 0 ? entryBytes(entry) : 0;
  core.appendsDue = true;
  acknowledge(core);
  return entry;
}

/** The acknowledgement to itself; consecutive ones that wait for the same write are one. */
function acknowledge(core: Core): void {
  const last = core.outboxAfterPersist.at(-1);
  if (last?.type === 'append-response' && last.to === core.id) core.outboxAfterPersist.pop();
  acknowledgeAppend(core, core.id, core.log.lastIndex);
}

/**
 * Moves the commit index to what a quorum has, if that entry is of this leader's own term: only then no later
 * leader can replace it (Raft §5.4.2, figure 8).
 */
export function maybeCommit(core: Core): void {
  const index = core.tracker.committed();
  if (!core.log.matches(index, core.term)) return;
  const from = core.log.committed;
  if (!core.log.commitTo(index)) return;
  for (const entry of core.log.slice(from + 1, Number.POSITIVE_INFINITY, index)) {
    if (entry.data.length > 0) core.uncommittedBytes = Math.max(0, core.uncommittedBytes - entryBytes(entry));
  }
  core.appendsDue = true;
  startWaitingReads(core);
}
