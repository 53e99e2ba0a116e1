import type { ConfState, NodeId } from './types.js';

export interface ConfChangeStep {
  /** `add-voter` also promotes a learner; `add-learner` also demotes a voter. */
  readonly type: 'add-voter' | 'add-learner' | 'remove';
  readonly node: NodeId;
}

/**
 * A change of membership. One step takes effect at once; several go through a joint configuration, which
 * ends by itself with an empty change (Raft thesis §4.3).
 */
export interface ConfChange {
  readonly steps: readonly ConfChangeStep[];
  /** The driver's own: addresses, names. */
  readonly context: Uint8Array;
}

const stepTypes = ['add-voter', 'add-learner', 'remove'] as const;

/** Layout: count u16, then per step type u8 and node u64, then the context. Big endian. */
export function encodeConfChange(change: ConfChange): Uint8Array {
  const bytes = new Uint8Array(2 + change.steps.length * 9 + change.context.length);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, change.steps.length);
  change.steps.forEach((step, i) => {
    view.setUint8(2 + i * 9, stepTypes.indexOf(step.type));
    view.setBigUint64(3 + i * 9, step.node);
  });
  bytes.set(change.context, 2 + change.steps.length * 9);
  return bytes;
}

/** @throws RangeError on bytes that `encodeConfChange` did not make */
export function decodeConfChange(bytes: Uint8Array): ConfChange {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = view.getUint16(0);
  const steps: ConfChangeStep[] = [];
  for (let i = 0; i < count; i++) {
    const type = stepTypes[view.getUint8(2 + i * 9)];
    if (type === undefined) throw new RangeError('conf change: unknown step');
    steps.push({ type, node: view.getBigUint64(3 + i * 9) });
  }
  return { steps, context: bytes.slice(2 + count * 9) };
}

export function isJoint(conf: ConfState): boolean {
  return conf.votersOutgoing.length > 0;
}

/** The membership after `change`: pure, and the same on every member. */
export function nextConfState(conf: ConfState, change: ConfChange): ConfState {
  if (change.steps.length === 0) return leaveJoint(conf);
  const joint = change.steps.length > 1 || isJoint(conf);
  const voters = new Set(conf.voters);
  const learners = new Set(conf.learners);
  const learnersNext = new Set(conf.learnersNext);
  const outgoing = new Set(isJoint(conf) ? conf.votersOutgoing : joint ? conf.voters : []);
  for (const { type, node } of change.steps) {
    voters.delete(node);
    learners.delete(node);
    learnersNext.delete(node);
    if (type === 'add-voter') voters.add(node);
    // A member may not be voter and learner at once, so an outgoing voter waits to become a learner.
    if (type === 'add-learner') (outgoing.has(node) ? learnersNext : learners).add(node);
  }
  if (voters.size === 0) return conf; // a cluster without voters could never change again
  return sorted(voters, outgoing, learners, learnersNext);
}

function leaveJoint(conf: ConfState): ConfState {
  return sorted(new Set(conf.voters), new Set(), new Set([...conf.learners, ...conf.learnersNext]), new Set());
}

function sorted(voters: Set<NodeId>, outgoing: Set<NodeId>, learners: Set<NodeId>, learnersNext: Set<NodeId>): ConfState {
  const list = (set: Set<NodeId>) => [...set].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  return { voters: list(voters), votersOutgoing: list(outgoing), learners: list(learners), learnersNext: list(learnersNext) };
}
