import { assert } from '@flotilla/base';
import { type ConfChange, type ConfState, isJoint } from '@flotilla/raft';
import type { ClusterMember } from '../member.js';
import { formatId, parseId } from './ids.js';

interface StoredMember {
  id: string;
  name: string;
  peerUrls: string[];
  clientUrls: string[];
}

interface StoredMembership {
  members: StoredMember[];
  voters: string[];
  votersOutgoing: string[];
  learners: string[];
  learnersNext: string[];
  /** Absent in what was written before there was any need to tell. */
  removed?: string[];
}

/** etcd's words, which a member that is not one any more ends with. */
export const removedText = 'the member has been permanently removed from the cluster';
export const removedEndText = `${removedText}; the data-dir used by this member must be removed`;

/** What the driver puts into a membership change beside the ids. */
interface AddedMember {
  readonly peerUrls: readonly string[];
}

/** The members as of the applied index: who votes is Raft's conf state, where they are is ours. */
export class Membership {
  readonly #members = new Map<bigint, ClusterMember>();
  readonly #removed = new Set<bigint>();
  #conf: ConfState;

  constructor(members: Iterable<ClusterMember>, conf: ConfState) {
    for (const member of members) this.#members.set(member.id, member);
    this.#conf = conf;
  }

  get conf(): ConfState {
    return this.#conf;
  }

  list(): ClusterMember[] {
    const learners = new Set([...this.#conf.learners, ...this.#conf.learnersNext]);
    return Array.from(this.#members.values(), (member) => ({ ...member, isLearner: learners.has(member.id) }));
  }

  get(id: bigint): ClusterMember | undefined {
    return this.list().find((member) => member.id === id);
  }

  /** A membership change was applied. @param conf what Raft made of it */
  changed(change: ConfChange, conf: ConfState): void {
    for (const { type, node } of change.steps) {
      if (type === 'remove') this.#remove(node);
      else if (!this.#members.has(node)) this.#add(node, change.context);
    }
    this.#conf = conf;
    assert(isJoint(conf) || conf.voters.every((id) => this.#members.has(id)), 'every voter is a known member');
  }

  #add(id: bigint, context: Uint8Array): void {
    const { peerUrls } = JSON.parse(Buffer.from(context).toString()) as AddedMember; // written by addMember
    this.#members.set(id, { id, name: '', peerUrls, clientUrls: [], isLearner: false });
  }

  /** A member told its name and where clients find it. */
  published(id: bigint, name: string, clientUrls: readonly string[]): void {
    const member = this.#members.get(id);
    if (member !== undefined) this.#members.set(id, { ...member, name, clientUrls });
  }

  /** A member moved. */
  relocated(id: bigint, peerUrls: readonly string[]): void {
    const member = this.#members.get(id);
    if (member !== undefined) this.#members.set(id, { ...member, peerUrls });
  }

  /** Whether there once was such a member; ids do not come back. */
  wasRemoved(id: bigint): boolean {
    return this.#removed.has(id);
  }

  #remove(id: bigint): void {
    if (this.#members.delete(id)) this.#removed.add(id);
  }

  encode(): Uint8Array {
    const { voters, votersOutgoing, learners, learnersNext } = this.#conf;
    const stored: StoredMembership = {
      members: Array.from(this.#members.values(), ({ id, name, peerUrls, clientUrls }) => ({
        id: formatId(id),
        name,
        peerUrls: [...peerUrls],
        clientUrls: [...clientUrls],
      })),
      voters: voters.map(formatId),
      votersOutgoing: votersOutgoing.map(formatId),
      learners: learners.map(formatId),
      learnersNext: learnersNext.map(formatId),
      removed: Array.from(this.#removed, formatId),
    };
    return Buffer.from(JSON.stringify(stored));
  }

  static decode(bytes: Uint8Array): Membership {
    const stored = JSON.parse(Buffer.from(bytes).toString()) as StoredMembership; // our own encoding
    const conf: ConfState = {
      voters: stored.voters.map(parseId),
      votersOutgoing: stored.votersOutgoing.map(parseId),
      learners: stored.learners.map(parseId),
      learnersNext: stored.learnersNext.map(parseId),
    };
    const members = stored.members.map((member) => ({ ...member, id: parseId(member.id), isLearner: false }));
    const membership = new Membership(members, conf);
    for (const id of stored.removed ?? []) membership.#removed.add(parseId(id));
    return membership;
  }
}
