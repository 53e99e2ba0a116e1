import type { Clock } from '@flotilla/base';
import { StoreError } from '@flotilla/mvcc';
import type { ConfChange, ConfChangeStep, RaftNode } from '@flotilla/raft';
import type { ClusterMember } from '../member.js';
import { formatId, memberId, parseId } from './ids.js';
import type { LeadershipWatch } from './leadership.js';
import type { MemberStorage } from './member-storage.js';
import type { Proposals } from './proposals.js';
import { type ClusterView, checkAdd, checkPromote, checkRemove, memberOf } from './reconfiguration-rules.js';

export type AskMember = (member: ClusterMember, path: string) => Promise<unknown>;

interface ChangeContext {
  readonly peerUrls?: readonly string[];
  /** The proposal that waits for it. */
  readonly proposal: string;
}

/** A page of the peer listener, where a leader tells whether the learner `id` has come far enough to be promoted. */
export const inSyncPath = '/members/in-sync';

/** A member that does not lead answers nothing. */
interface InSyncAnswer {
  readonly inSync?: boolean;
}

/** Adding, promoting and removing members, and moving the leadership. Errors are etcd's. */
export class MembershipChanges {
  readonly #raft: RaftNode;
  readonly #storage: MemberStorage;
  readonly #proposals: Proposals<unknown>;
  readonly #wake: () => void;
  readonly #ask: AskMember;

  /** @param ask GETs a page of another member's peer listener */
  constructor(raft: RaftNode, storage: MemberStorage, proposals: Proposals<unknown>, wake: () => void, ask: AskMember) {
    this.#raft = raft;
    this.#storage = storage;
    this.#proposals = proposals;
    this.#wake = wake;
    this.#ask = ask;
  }

  async add(view: ClusterView, peerUrls: readonly string[], isLearner: boolean): Promise<ClusterMember> {
    checkAdd(view, peerUrls, isLearner);
    const id = memberId(peerUrls, `${formatId(this.#raft.status().id)}/${this.#storage.applied.index}`);
    await this.#propose({ type: isLearner ? 'add-learner' : 'add-voter', node: id }, { peerUrls });
    return memberOf(this.#storage.membership.list(), id);
  }

  async remove(view: ClusterView, id: bigint): Promise<void> {
    checkRemove(view, id);
    await this.#propose({ type: 'remove', node: id }, {});
  }

  async promote(view: ClusterView, id: bigint): Promise<void> {
    checkPromote(view, id);
    if (this.#lagsBehind(id) || (await this.#leaderRefuses(view, id))) {
      const reason = 'etcdserver: can only promote a learner member which is in sync with leader';
      throw new StoreError('failed-precondition', reason);
    }
    await this.#propose({ type: 'add-voter', node: id }, {});
  }

  /** The voter to hand the leadership to: the one that has most of the log; undefined when this is not the leader, or alone. */
  successor(): bigint | undefined {
    const { id, role, progress, conf } = this.#raft.status();
    if (role !== 'leader') return undefined;
    const others = conf.voters.filter((voter) => voter !== id && progress.get(voter)?.recentActive === true);
    return others.sort((a, b) => (progress.get(b)?.match ?? 0) - (progress.get(a)?.match ?? 0))[0];
  }

  /** @throws StoreError when this member does not lead, or the target does not take over in time */
  async moveLeader(target: bigint, leadership: LeadershipWatch, clock: Clock, timeoutMs: number): Promise<void> {
    const { role, conf } = this.#raft.status();
    if (role !== 'leader') throw new StoreError('failed-precondition', 'etcdserver: not leader');
    if (!conf.voters.includes(target)) throw new StoreError('failed-precondition', 'etcdserver: bad leader transferee');
    this.#raft.transferLeadership(target);
    this.#wake();
    await new Promise<void>((resolve, reject) => {
      const cancelTimer = clock.after(timeoutMs, () => {
        unsubscribe();
        reject(new StoreError('unavailable', 'etcdserver: request timed out, leader transfer took too long'));
      });
      const unsubscribe = leadership.subscribe(() => {
        if (leadership.leader !== target) return;
        cancelTimer();
        queueMicrotask(() => unsubscribe()); // it may be called before subscribe has returned
        resolve();
      });
    });
  }

  /** Answers `GET /members/in-sync?id=…`. */
  async answerInSync(query: URLSearchParams): Promise<InSyncAnswer> {
    const { role } = this.#raft.status();
    return role === 'leader' ? { inSync: !this.#lagsBehind(parseId(query.get('id') ?? '')) } : {};
  }

  /** When there is no answer, the proposal goes its way: the leader does not pass it on if it may not be. */
  async #leaderRefuses({ members }: ClusterView, learner: bigint): Promise<boolean> {
    const { id, leader: leaderId } = this.#raft.status();
    const leader = members.find((member) => member.id === leaderId);
    if (leader === undefined || leader.id === id) return false;
    const asked = this.#ask(leader, `${inSyncPath}?id=${formatId(learner)}`).catch(() => ({}));
    return ((await asked) as InSyncAnswer).inSync === false; // `answerInSync` made it
  }

  /**
   * Whether the leader may pass on what another member proposes: only here is it known how far a learner has come. Whoever
   * did not ask before it proposed gives up after a while.
   */
  passesOn(change: ConfChange): boolean {
    const { learners } = this.#raft.status().conf;
    return !change.steps.some(({ type, node }) => type === 'add-voter' && learners.includes(node) && this.#lagsBehind(node));
  }

  /** By etcd's measure; nobody but the leader can tell. */
  #lagsBehind(learner: bigint): boolean {
    const { progress, committed } = this.#raft.status();
    return progress.size > 0 && (progress.get(learner)?.match ?? 0) < committed * 0.9;
  }

  /** A change was applied: whoever asked for it here may go on. */
  applied(change: ConfChange): void {
    if (change.steps.length === 0) return;
    const { proposal } = decodeContext(change.context);
    this.#proposals.applied(parseId(proposal), undefined);
  }

  async #propose(step: ConfChangeStep, context: Omit<ChangeContext, 'proposal'>): Promise<void> {
    await this.#proposals.add((id) => {
      const bytes = Buffer.from(JSON.stringify({ ...context, proposal: formatId(id) } satisfies ChangeContext));
      const result = this.#raft.proposeConfChange({ steps: [step], context: bytes });
      this.#wake();
      return result === 'appended' || result === 'forwarded' ? this.#raft.term : undefined;
    });
  }
}

function decodeContext(context: Uint8Array): ChangeContext {
  return JSON.parse(Buffer.from(context).toString()) as ChangeContext; // written by #propose
}
