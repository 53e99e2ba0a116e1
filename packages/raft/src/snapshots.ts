import { acknowledgeAppend } from './append-replies.js';
import type { Core } from './core.js';
import { leaderAlive } from './election.js';
import { adoptConf } from './membership.js';
import type { SnapshotMessage } from './message.js';
import { sendAppend } from './sending.js';
import type { NodeId } from './types.js';

/** The whole state arrived at this follower. It acknowledges when the driver has installed it. */
export function handleSnapshot(core: Core, message: SnapshotMessage): void {
  leaderAlive(core, message.from);
  const { snapshot } = message;
  const { log } = core;
  if (snapshot.index > log.committed) {
    // Entries that agree with the snapshot make it needless: what it stands for is here already.
    if (log.matches(snapshot.index, snapshot.term)) log.commitTo(snapshot.index);
    else {
      log.restore(snapshot);
      core.liftFence();
      adoptConf(core, snapshot.conf);
    }
  }
  acknowledgeAppend(core, message.from, log.committed);
}

/** The driver at the leader reports how sending a state ended. On success the follower's acknowledgement follows. */
export function reportSnapshot(core: Core, to: NodeId, succeeded: boolean): void {
  const progress = core.tracker.progress.get(to);
  if (core.role !== 'leader' || progress?.state !== 'snapshot') return;
  if (!succeeded) progress.pendingSnapshot = 0;
  progress.becomeProbe();
  // The next heartbeat's answer resumes: an append right now could overtake the installation, or find nobody again.
  progress.probeSent = true;
}

/** The driver could not deliver messages to `id`. */
export function reportUnreachable(core: Core, id: NodeId): void {
  const progress = core.tracker.progress.get(id);
  if (core.role === 'leader' && progress?.state === 'replicate') progress.becomeProbe();
}

/** A connection to `id` stands again: no need to wait for the next heartbeat. */
export function reportReachable(core: Core, id: NodeId): void {
  if (core.role === 'leader') sendAppend(core, id, true);
}
