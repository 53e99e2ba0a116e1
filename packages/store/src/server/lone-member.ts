import type { Cancel } from '@flotilla/base';
import { type ApplyResult, MemoryBackend, MvccStore, StoreError } from '@flotilla/mvcc';
import type { ClusterMember, Leadership, Member, MemberStatus } from '../member.js';

/** A member without a cluster, a disk or Raft: applies what is proposed, at once. For tests of the faces. */
export class LoneMember implements Member<MvccStore> {
  readonly id = 0x8e9e05c52164694dn;
  readonly clusterId = 0xcdf818194e3a8c32n;
  readonly name = 'lone';
  readonly store = MvccStore.empty(new MemoryBackend(), { defer: (work) => setImmediate(work) });
  readonly clientUrls: string[] = [];
  #index = 0;

  async propose(command: Uint8Array): Promise<ApplyResult> {
    return this.store.apply(++this.#index, command);
  }

  async linearizable(): Promise<void> {}

  status(): MemberStatus {
    const raftIndex = this.#index;
    return {
      leader: this.id,
      isLearner: false,
      raftTerm: 2,
      raftIndex,
      raftAppliedIndex: raftIndex,
      dbSizeBytes: this.store.bytes,
    };
  }

  /** How often it was asked to. */
  defragments = 0;

  async defragment(): Promise<void> {
    this.defragments++;
  }

  members(): readonly ClusterMember[] {
    const { id, name, clientUrls } = this;
    return [{ id, name, peerUrls: ['http://127.0.0.1:2380'], clientUrls, isLearner: false }];
  }

  onLeadership(listener: (leadership: Leadership) => void): Cancel {
    listener({ leading: true, term: 2 });
    return () => {};
  }

  addMember(): Promise<ClusterMember> {
    return Promise.reject(alone());
  }

  removeMember(): Promise<void> {
    return Promise.reject(alone());
  }

  updateMember(): Promise<void> {
    return Promise.reject(alone());
  }

  promoteMember(): Promise<void> {
    return Promise.reject(alone());
  }

  moveLeader(): Promise<void> {
    return Promise.reject(alone());
  }
}

const alone = () => new StoreError('invalid', 'etcdserver: this member has no cluster');
