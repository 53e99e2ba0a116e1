import type { AbortSignalLike, Cancel } from '@flotilla/base';

/**
 * What one member offers to the servers in front of it (native, gRPC, JSON gateway): replicate a command,
 * make a read linearizable, and look at the applied state. The driver in `node/` implements it.
 *
 * `S` is the replicated state machine: `MvccStore` in the real process, something smaller in tests.
 */
export interface Member<S extends StateMachine<unknown>> {
  /** 64-bit, never zero; the same after every restart. */
  readonly id: bigint;
  readonly clusterId: bigint;
  readonly name: string;

  /**
   * Replicates `command`. Callable on any member: a follower forwards to the leader.
   * @returns what the state machine answered when the command was applied **on this member**
   * @throws StoreError `unavailable` when there is no leader or too much is pending (not executed, safe to retry),
   * `unknown-outcome` when the command was handed on but its fate is not known (timeout, leader lost),
   * `too-large` above `--max-request-bytes`; the signal's reason when it aborts (the command may still be applied)
   */
  propose(command: Uint8Array, signal?: AbortSignalLike): Promise<ReturnType<S['apply']>>;

  /**
   * Resolves when `store` contains every command that was acknowledged anywhere before this call: a read of
   * `store` right after it is linearizable (Raft thesis §6.4; concurrent calls share one round of heartbeats).
   * @throws StoreError `unavailable` when no quorum confirms the leader in time
   */
  linearizable(signal?: AbortSignalLike): Promise<void>;

  /** The applied state of this member: behind the leader's by what is still on its way. Its reads are synchronous. */
  readonly store: S;

  status(): MemberStatus;
  members(): readonly ClusterMember[];

  /**
   * Calls `listener` now, and whenever this member starts or stops leading. For what only the leader does,
   * such as expiring leases (by proposing the revocation).
   */
  onLeadership(listener: (leadership: Leadership) => void): Cancel;

  /** Gives the space of what was removed back to the file system. Reads and writes go on meanwhile. */
  defragment(): Promise<void>;
  /** Adds a learner or voter by the URLs of its peer listener. Resolves when applied here. */
  addMember(peerUrls: readonly string[], options: { readonly isLearner: boolean }): Promise<ClusterMember>;
  removeMember(id: bigint): Promise<void>;
  /** Tells where the member's peer listener is from now on. */
  updateMember(id: bigint, peerUrls: readonly string[]): Promise<void>;
  /** Makes a learner a voter. */
  promoteMember(id: bigint): Promise<void>;
  /** Asks the leader (this member must be it) to hand over. Resolves when the target leads. */
  moveLeader(target: bigint): Promise<void>;
}

export interface Leadership {
  readonly leading: boolean;
  readonly term: number;
}

export interface MemberStatus {
  /** 0n: none known. */
  readonly leader: bigint;
  readonly isLearner: boolean;
  readonly raftTerm: number;
  /** Last index known to be committed. */
  readonly raftIndex: number;
  readonly raftAppliedIndex: number;
  /** Bytes of the database on disk, all of it. */
  readonly dbSizeBytes: number;
}

export interface ClusterMember {
  readonly id: bigint;
  /** Empty until the member has started for the first time. */
  readonly name: string;
  readonly peerUrls: readonly string[];
  readonly clientUrls: readonly string[];
  readonly isLearner: boolean;
}

/**
 * The deterministic machine that Raft feeds. All of its durable state lives in the `Backend` it was made with;
 * the node flushes what it wrote there together with the applied index, in one synced batch, so that no command
 * is lost or applied twice across a crash. A snapshot for a lagging member is a copy of the backend's contents.
 */
export interface StateMachine<Result> {
  /**
   * Applies one committed command. Called in log order, each index once. Must be synchronous and deterministic:
   * no clock, no randomness, the same answer on every member. May not throw on bad input: it answers with an error.
   */
  apply(index: number, command: Uint8Array): Result;
  /** The backend's contents were replaced by a snapshot: forget everything in memory and load again. */
  reload(): Promise<void>;
}

/** Some of a backend's entries, in key order: what is read at once. */
export type BackendPage = readonly (readonly [key: Uint8Array, value: Uint8Array])[];

/**
 * An ordered map of bytes to bytes, sorted bytewise. Writes are visible to `get` at once and become durable later,
 * atomically with the applied index.
 */
export interface Backend {
  get(key: Uint8Array): Uint8Array | undefined;
  /** In key order, `from` ≤ key < `to`, as of the call. */
  pages(from: Uint8Array, to: Uint8Array): AsyncIterable<BackendPage>;
  /** All or nothing. The arrays become the backend's: do not change them afterwards. */
  write(changes: readonly BackendChange[]): void;
}

/** `value: undefined` deletes. */
export interface BackendChange {
  readonly key: Uint8Array;
  readonly value: Uint8Array | undefined;
}
