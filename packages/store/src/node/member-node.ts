import { type AbortSignalLike, type Cancel, type Clock, ConfigError, type Logger, type Random, randomInt } from '@flotilla/base';
import { storeErrors } from '@flotilla/mvcc';
import {
  decodeConfChange,
  LostEntriesError,
  type Message,
  type NodeId,
  noNode,
  type RaftNode,
  type RaftStatus,
} from '@flotilla/raft';
import { pendingProposalsMax, pendingReadsMax, readRetryMs, removedDelayMs, requestTimeoutMs } from '../limits.js';
import type { ClusterMember, Leadership, Member, MemberStatus, StateMachine } from '../member.js';
import type { DiskReserve } from './disk-reserve.js';
import { DiskWriter } from './disk-writer.js';
import { Driver } from './driver.js';
import { decodeEntryData } from './entry-data.js';
import { formatId } from './ids.js';
import { LeadershipWatch } from './leadership.js';
import { LogEntries } from './log-entries.js';
import type { MemberStorage } from './member-storage.js';
import { removedEndText, removedText } from './membership.js';
import { type AskMember, MembershipChanges } from './membership-changes.js';
import { Proposals } from './proposals.js';
import { ReadIndexBatcher } from './read-index.js';
import { type ClusterView, checkPeerUrls, memberOf } from './reconfiguration-rules.js';
import { SnapshotService } from './snapshot-service.js';
import type { StagedSnapshot } from './snapshot-transfer.js';
import type { SnapshotStream, Transport, TransportEvents } from './transport.js';

export interface MemberNodeOptions<S extends StateMachine<unknown>> {
  readonly id: bigint;
  readonly clusterId: bigint;
  readonly name: string;
  readonly clientUrls: readonly string[];
  readonly raft: RaftNode;
  readonly storage: MemberStorage;
  readonly reserve: DiskReserve;
  readonly machine: S;
  readonly newTransport: (events: TransportEvents) => Transport;
  /** GETs a page of another member's peer listener. @throws Error when it does not answer */
  readonly ask: AskMember;
  readonly heartbeatMs: number;
  readonly electionMs: number;
  readonly snapshotCount: number;
  /** See `DriverOptions`. */
  readonly logBytesMax: number;
  readonly unflushedBytesMax: number;
  /** Refuse changes of members that would put the quorum at risk. */
  readonly strictReconfigCheck: boolean;
  readonly requestBytesMax: number;
  readonly clock: Clock;
  readonly random: Random;
  /** See `DriverOptions`. */
  readonly defer: (work: () => void) => void;
  readonly log: Logger;
  /** The disk failed, or an invariant broke: the process must end. */
  readonly onFatal: (error: unknown) => void;
}

/** One running member: Raft, its disk, its peers, and the requests of clients that wait for them. */
export class MemberNode<S extends StateMachine<unknown>> implements Member<S> {
  readonly id: bigint;
  readonly clusterId: bigint;
  readonly name: string;
  readonly store: S;
  readonly #options: MemberNodeOptions<S>;
  readonly #raft: RaftNode;
  readonly #storage: MemberStorage;
  readonly transport: Transport;
  readonly disk: DiskWriter;
  readonly driver: Driver<S>;
  readonly #snapshots: SnapshotService;
  readonly proposals: Proposals<unknown>;
  readonly reads: ReadIndexBatcher;
  readonly changes: MembershipChanges;
  readonly entries: LogEntries<S>;
  readonly leadership: LeadershipWatch;
  #cancelEnd: Cancel | undefined;
  #databaseBytes = 0;
  /** For metrics. */
  readonly counts = { heartbeatSendFailures: 0, promotions: 0 };
  /** Called each time the disk fills up. */
  onDiskFull: () => void = () => {};
  /** Called after each write of the log. */
  onLogWritten: () => void = () => {};

  constructor(options: MemberNodeOptions<S>) {
    const { clock, log, raft, storage, random } = options;
    this.#options = options;
    this.id = options.id;
    this.clusterId = options.clusterId;
    this.name = options.name;
    this.store = options.machine;
    this.#raft = raft;
    this.#storage = storage;
    const timeoutMs = requestTimeoutMs + 2 * options.electionMs;
    // A timeout is at most twice the election timeout; the votes take a moment as well.
    const leaderWaitMs = 2.5 * options.electionMs;
    const firstId = BigInt(randomInt(random, 0, 2 ** 30)) << 32n;
    this.proposals = new Proposals(clock, { pendingMax: pendingProposalsMax, timeoutMs, leaderWaitMs }, firstId);
    const readLimits = { pendingMax: pendingReadsMax, timeoutMs, leaderWaitMs, retryMs: readRetryMs };
    this.reads = new ReadIndexBatcher(clock, readLimits, storage.applied.index, (context) => {
      const asked = raft.readIndex(context);
      this.driver.wake();
      return asked;
    });
    this.changes = new MembershipChanges(raft, storage, this.proposals, () => this.driver.wake(), options.ask);
    this.leadership = new LeadershipWatch(options.id, () => raft.term);
    this.entries = new LogEntries({
      ...{ self: options, raft, storage, machine: options.machine, proposals: this.proposals, clock, log },
      wake: () => this.driver.wake(),
      onRelocated: () => this.transport.setMembers(this.members()),
    });
    this.transport = options.newTransport(this.#transportEvents());
    this.#snapshots = new SnapshotService({
      ...{ storage, clock, log, open: (to) => this.transport.openSnapshotStream(to) },
      onSent: (to, succeeded) => this.#tell(() => raft.reportSnapshot(to, succeeded)),
      onReceived: (from, staged) => this.#receivedSnapshot(from, staged),
      busy: () => this.driver.staged !== undefined,
    });
    storage.state.onDamage = options.onFatal;
    this.disk = new DiskWriter({ reserve: options.reserve, clock, log, onFull: () => this.onDiskFull() });
    this.driver = this.#newDriver();
  }

  /**
   * @param contacts for a member that has just joined, and does not know the others yet
   * @throws ConfigError when a peer port cannot be bound
   */
  async start(contacts: readonly ClusterMember[]): Promise<void> {
    await this.transport.listen();
    this.transport.setMembers(this.members().length > 0 ? this.members() : contacts);
    this.#campaignIfPossible();
    this.driver.start();
  }

  async close(): Promise<void> {
    this.#cancelEnd?.();
    this.proposals.close();
    this.reads.close();
    this.#snapshots.close();
    await this.transport.close();
    this.disk.close();
    await this.driver.close();
    await this.#storage.close();
  }

  propose(command: Uint8Array, signal?: AbortSignalLike): Promise<ReturnType<S['apply']>> {
    if (command.length > this.#options.requestBytesMax) return Promise.reject(storeErrors.tooLarge());
    return this.entries.command(command, signal);
  }

  linearizable(signal?: AbortSignalLike): Promise<void> {
    return this.reads.read(signal);
  }

  status(): MemberStatus {
    const status = this.#raft.status();
    return {
      leader: status.leader,
      isLearner: status.conf.learners.includes(this.id) || status.conf.learnersNext.includes(this.id),
      raftTerm: status.term,
      raftIndex: status.committed,
      raftAppliedIndex: this.#storage.applied.index,
      dbSizeBytes: this.#databaseBytes,
    };
  }

  /** Looks up how large the database is; reading its folder is not for every status request. */
  async measureDatabase(): Promise<void> {
    this.#databaseBytes = await this.#storage.database.sizeBytes();
  }

  async defragment(): Promise<void> {
    await this.driver.shrinkLog();
    await this.disk.run('asked', () => this.#storage.database.compact());
    await this.measureDatabase();
  }

  /** What was written to the log, in bytes. */
  get logBytesWritten(): number {
    return this.#storage.wal.writtenBytes;
  }

  raftStatus(): RaftStatus {
    return this.#raft.status();
  }

  members(): readonly ClusterMember[] {
    return this.#storage.membership.list();
  }

  onLeadership(listener: (leadership: Leadership) => void): Cancel {
    return this.leadership.subscribe(listener);
  }

  addMember(peerUrls: readonly string[], options: { readonly isLearner: boolean }): Promise<ClusterMember> {
    return this.changes.add(this.#view(), peerUrls, options.isLearner);
  }

  removeMember(id: bigint): Promise<void> {
    return this.changes.remove(this.#view(), id);
  }

  async promoteMember(id: bigint): Promise<void> {
    await this.changes.promote(this.#view(), id);
    this.counts.promotions++;
  }

  async updateMember(id: bigint, peerUrls: readonly string[]): Promise<void> {
    memberOf(this.members(), id);
    checkPeerUrls(this.members(), peerUrls, id);
    await this.entries.relocate(id, peerUrls);
  }

  async moveLeader(target: bigint): Promise<void> {
    const { clock, electionMs } = this.#options;
    await this.changes.moveLeader(target, this.leadership, clock, 3 * electionMs);
  }

  /** Before a planned stop: another member takes over at once, instead of after an election timeout. */
  async handOver(): Promise<void> {
    const successor = this.changes.successor();
    if (successor === undefined) return;
    const { clock, electionMs, log } = this.#options;
    await this.changes.moveLeader(successor, this.leadership, clock, electionMs).catch((error: unknown) => {
      log.warn({ err: error }, 'stopping without a successor');
    });
  }

  #newDriver(): Driver<S> {
    const { raft, storage, machine, clock, defer, log, heartbeatMs, snapshotCount } = this.#options;
    const { logBytesMax, unflushedBytesMax } = this.#options;
    return new Driver({
      ...{
        raft,
        storage,
        disk: this.disk,
        machine,
        clock,
        defer,
        log,
        snapshotCount,
        logBytesMax,
        unflushedBytesMax,
        tickMs: heartbeatMs,
      },
      events: {
        send: (message) => this.#send(message),
        sendSnapshot: (message) => this.#snapshots.send(message),
        apply: (entry) => this.entries.apply(entry),
        confChanged: (change) => {
          this.transport.setMembers(this.members());
          this.changes.applied(change);
          if (storage.membership.wasRemoved(this.id)) this.#removed();
        },
        applied: (index) => this.reads.applied(index),
        termReached: (term) => this.proposals.reachedTerm(term),
        readState: (context, index) => this.reads.confirmed(context, index),
        roleChanged: (leader) => this.#roleChanged(leader),
        snapshotInstalled: (term) => {
          this.transport.setMembers(this.members());
          this.proposals.lostTrack(term);
        },
        logWritten: () => this.onLogWritten(),
        fatal: (error) => this.#options.onFatal(error),
      },
    });
  }

  #receive(message: Message): void {
    const isChange = message.type === 'propose' && message.entryType === 'conf-change';
    if (isChange && !this.changes.passesOn(decodeConfChange(message.data))) return;
    try {
      this.#tell(() => this.#raft.step(message));
    } catch (error) {
      this.#options.onFatal(error instanceof LostEntriesError ? new ConfigError(lostEntries(error)) : error);
    }
  }

  #transportEvents(): TransportEvents {
    const raft = this.#raft;
    return {
      onMessage: (message: Message) => this.#receive(message),
      onUnreachable: (id: bigint) => raft.reportUnreachable(id),
      onUp: (id: bigint) => this.#tell(() => this.#peerUp(id)),
      onDown: (id: bigint) => this.#tell(() => raft.reportLeaderLost(id)),
      onRemoved: () => this.#removed(),
      onSnapshotStream: (from: bigint, stream: SnapshotStream) => this.#snapshots.receive(from, stream),
    };
  }

  #send(message: Message): void {
    if (this.transport.send(message)) return;
    if (message.type === 'heartbeat') this.counts.heartbeatSendFailures++;
    if (message.type !== 'propose' || message.entryType !== 'normal') return;
    this.proposals.notSent(decodeEntryData(message.data).id);
  }

  #peerUp(id: bigint): void {
    if (id === this.leadership.leader) this.proposals.retryWaiting();
    this.#raft.reportReachable(id);
    this.#campaignIfPossible();
  }

  /** At the start of a cluster there is nobody to be loyal to: no need to wait a whole election timeout. */
  #campaignIfPossible(): void {
    const { voters } = this.#raft.status().conf;
    const connected = this.#connected();
    const reachable = voters.filter((voter) => connected.has(voter));
    if (reachable.length > voters.length / 2) this.#raft.campaignSoon();
  }

  #tell(fn: () => void): void {
    fn();
    this.driver.wake();
  }

  #view(): ClusterView {
    return { members: this.members(), connected: this.#connected(), strict: this.#options.strictReconfigCheck };
  }

  #connected(): Set<bigint> {
    const connected = new Set([this.id]);
    for (const peer of this.transport.peers()) if (peer.connected) connected.add(peer.id);
    return connected;
  }

  /** Clients whose requests are under way get their answers first, and the others hear that the change is committed. */
  #removed(): void {
    const { clock, log, onFatal } = this.#options;
    this.#cancelEnd ??= clock.after(removedDelayMs, () => onFatal(new ConfigError(removedEndText)));
    log.warn({ member: formatId(this.id) }, removedText);
  }

  #receivedSnapshot(from: bigint, staged: StagedSnapshot): void {
    this.driver.staged = staged;
    const { term } = this.#raft;
    this.#tell(() => this.#raft.step({ type: 'snapshot', from, to: this.id, term, snapshot: staged.meta }));
    // Raft may know better: the log caught up by itself.
    if (this.#raft.pendingSnapshot !== staged.meta) this.driver.staged = undefined;
  }

  #roleChanged(leader: NodeId): void {
    const known = leader !== noNode;
    const { term } = this.#raft;
    this.#options.log.info(
      { leader: formatId(leader), term, leading: leader === this.id },
      known ? 'elected leader' : 'lost leader',
    );
    this.proposals.leaderKnown(known);
    this.reads.leaderChanged(known);
    if (known) this.entries.attributes.publish();
    this.leadership.changed(leader);
  }
}

function lostEntries({ message }: LostEntriesError): string {
  return (
    `the data directory has lost entries of the log: ${message}. It was restored from an older copy, or damaged; ` +
    'remove this member from the cluster and add it again with an empty data directory'
  );
}
