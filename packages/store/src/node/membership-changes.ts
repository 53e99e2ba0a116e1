import type { Cancel, Clock } from '@flotilla/base';
import { StoreError } from '@flotilla/mvcc';
import type { ConfChange, ConfChangeStep, RaftNode } from '@flotilla/raft';
import type { ClusterMember, Leadership } from '../member.js';
import { formatId, memberId, parseId } from './ids.js';
import type { MemberStorage } from './member-storage.js';
import type { Proposals } from './proposals.js';

interface ChangeContext {
  readonly peerUrls?: readonly string[];
  /** The proposal that waits for it. */
  readonly proposal: string;
}

/** Adding, promoting and removing members, and moving the leadership. Errors are etcd's. */
export class MembershipChanges {
  readonly #raft: RaftNode;
  readonly #storage: MemberStorage;
  readonly #proposals: Proposals<unknown>;
  readonly #wake: () => void;

  constructor(raft: RaftNode, storage: MemberStorage, proposals: Proposals<unknown>, wake: () => void) {
    this.#raft = raft;
    this.#storage = storage;
    this.#proposals = proposals;
    this.#wake = wake;
  }

  async add(peerUrls: readonly string[], isLearner: boolean): Promise<ClusterMember> {
    const known = this.#storage.membership.list();
    if (peerUrls.length === 0) throw new StoreError('invalid', 'etcdserver: given member URLs are invalid');
    if (known.some((member) => member.peerUrls.some((url) => peerUrls.includes(url)))) {
      throw new StoreError('invalid', 'etcdserver: Peer URLs already exists');
    }
    const id = memberId(peerUrls, `${formatId(this.#raft.status().id)}/${this.#storage.applied.index}`);
    await this.#propose({ type: isLearner ? 'add-learner' : 'add-voter', node: id }, { peerUrls });
    return this.#member(id);
  }

  async remove(id: bigint): Promise<void> {
    this.#member(id);
    if (this.#raft.status().conf.voters.every((voter) => voter === id)) {
      throw new StoreError('unavailable', 'etcdserver: re-configuration failed due to not enough started members');
    }
    await this.#propose({ type: 'remove', node: id }, {});
  }

  async promote(id: bigint): Promise<void> {
    if (!this.#member(id).isLearner) throw new StoreError('invalid', 'etcdserver: can only promote a learner member');
    const { progress, committed } = this.#raft.status();
    if (progress.size > 0 && (progress.get(id)?.match ?? 0) < committed * 0.9) {
      throw new StoreError('unavailable', 'etcdserver: can only promote a learner member which is in sync with leader');
    }
    await this.#propose({ type: 'add-voter', node: id }, {});
  }

  notLeader(): StoreError {
    return new StoreError('unavailable', 'etcdserver: not leader');
  }

  async moveLeader(
    target: bigint,
    onLeadership: (listener: (leadership: Leadership) => void) => Cancel,
    leader: () => bigint,
    { clock, electionMs }: { clock: Clock; electionMs: number },
  ): Promise<void> {
    if (!this.#raft.status().conf.voters.includes(target)) throw new StoreError('invalid', 'etcdserver: bad leader transferee');
    this.#raft.transferLeadership(target);
    this.#wake();
    await new Promise<void>((resolve, reject) => {
      const cancelTimer = clock.after(3 * electionMs, () => {
        cancel();
        reject(new StoreError('unavailable', 'etcdserver: request timed out, leader transfer took too long'));
      });
      const cancel = onLeadership(() => {
        if (leader() !== target) return;
        cancelTimer();
        queueMicrotask(() => cancel());
        resolve();
      });
    });
  }

  /** A change was applied: whoever asked for it here may go on. */
  applied(change: ConfChange): void {
    if (change.steps.length === 0) return;
    const { proposal } = decodeContext(change.context);
    this.#proposals.applied(parseId(proposal), undefined);
  }

  #member(id: bigint): ClusterMember {
    const member = this.#storage.membership.get(id);
    if (member === undefined) throw new StoreError('invalid', 'etcdserver: member not found');
    return member;
  }

  async #propose(step: ConfChangeStep, context: Omit<ChangeContext, 'proposal'>): Promise<void> {
    await this.#proposals.add((id) => {
      const bytes = Buffer.from(JSON.stringify({ ...context, proposal: formatId(id) } satisfies ChangeContext));
      const result = this.#raft.proposeConfChange({ steps: [step], context: bytes });
      this.#wake();
      return result === 'appended' || result === 'forwarded' ? this.#raft.status().term : undefined;
    });
  }
}

function decodeContext(context: Uint8Array): ChangeContext {
  return JSON.parse(Buffer.from(context).toString()) as ChangeContext; // written by #propose
}
