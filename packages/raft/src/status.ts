import type { Core } from './core.js';
import type { ProgressState } from './progress.js';
import type { ConfState, NodeId, Role } from './types.js';

export interface RaftStatus {
  readonly id: NodeId;
  readonly role: Role;
  readonly term: number;
  readonly vote: NodeId;
  readonly leader: NodeId;
  readonly committed: number;
  readonly applied: number;
  readonly firstIndex: number;
  readonly lastIndex: number;
  readonly conf: ConfState;
  readonly transferee: NodeId;
  /** What a leader knows of each member, itself included; empty elsewhere. */
  readonly progress: ReadonlyMap<NodeId, MemberProgress>;
}

export interface MemberProgress {
  readonly match: number;
  readonly next: number;
  readonly state: ProgressState;
  readonly recentActive: boolean;
  readonly inflight: number;
}

export function statusOf(core: Core): RaftStatus {
  const progress = new Map<NodeId, MemberProgress>();
  if (core.role === 'leader') {
    for (const [id, { match, next, state, recentActive, inflights }] of core.tracker.progress) {
      progress.set(id, { match, next, state, recentActive, inflight: inflights.size });
    }
  }
  const { id, role, term, vote, leader, log, tracker, transferee } = core;
  const { committed, applied, firstIndex, lastIndex } = log;
  return { id, role, term, vote, leader, committed, applied, firstIndex, lastIndex, conf: tracker.conf, transferee, progress };
}
