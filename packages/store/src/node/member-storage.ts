import { assert } from '@flotilla/base';
import { ConfigError } from '@flotilla/process';
import type { ConfState, Ready, RestoredState } from '@flotilla/raft';
import type { ClusterMember } from '../member.js';
import { type Change, type Database, openDatabase, writeSynced } from './database.js';
import { formatId, parseId } from './ids.js';
import { metaKey, stateEnd, stateKey, stateStart } from './keys.js';
import { LogStorage } from './log-storage.js';
import { Membership } from './membership.js';
import type { StagedSnapshot } from './snapshot-transfer.js';
import { StateStorage } from './state-storage.js';

export interface Identity {
  readonly memberId: bigint;
  readonly clusterId: bigint;
  readonly name: string;
}

/** Who this member is and in which cluster, and the members to begin with when the data directory is empty. */
export interface Bootstrap extends Identity {
  /** Empty for a member that joins an existing cluster: the leader sends it everything. */
  readonly initialMembers: readonly ClusterMember[];
}

export interface Applied {
  readonly index: number;
  readonly term: number;
}

interface StorageParts {
  readonly database: Database;
  readonly identity: Identity;
  readonly log: LogStorage;
  readonly state: StateStorage;
  readonly membership: Membership;
  readonly applied: Applied;
}

/** Everything a member has on disk. One synced batch per call: all of it or nothing. */
export class MemberStorage {
  readonly database: Database;
  readonly identity: Identity;
  readonly log: LogStorage;
  readonly state: StateStorage;
  membership: Membership;
  /** What the state machine has; the disk may be behind by what is not flushed yet. */
  applied: Applied;
  #flushedApplied: Applied;
  /** Members or their attributes changed since the last flush. */
  membershipChanged = false;

  private constructor(parts: StorageParts) {
    this.database = parts.database;
    this.identity = parts.identity;
    this.log = parts.log;
    this.state = parts.state;
    this.membership = parts.membership;
    this.applied = parts.applied;
    this.#flushedApplied = parts.applied;
  }

  /**
   * @param bootstrap what the flags say; or, for a joining member, asks the cluster, when the directory is empty
   * @throws ConfigError when the directory cannot be used, or belongs to another member or cluster
   */
  static async open(
    dataDir: string,
    bootstrap: Bootstrap | (() => Promise<Bootstrap>),
  ): Promise<{ storage: MemberStorage; restored: RestoredState }> {
    const database = await openDatabase(dataDir);
    try {
      const identity = await checkOrCreateIdentity(database, dataDir, bootstrap);
      const log = new LogStorage(database);
      const { start, entries, hardState } = await log.load();
      const { applied, generation } = decodeApplied(database.getSync(metaKey('applied')));
      await dropOtherGenerations(database, generation);
      const encoded = database.getSync(metaKey('membership'));
      assert(encoded !== undefined, 'a member that has an identity has a membership');
      const membership = Membership.decode(encoded);
      const state = new StateStorage(database, generation);
      const storage = new MemberStorage({ database, identity, log, state, membership, applied });
      return { storage, restored: { hardState, logStart: start, entries, applied: applied.index, conf: membership.conf } };
    } catch (error) {
      await database.close();
      throw error;
    }
  }

  /** True while a crash would make the state machine apply something again from the log. */
  get dirty(): boolean {
    return this.applied.index > this.#flushedApplied.index || this.membershipChanged;
  }

  /** Makes durable what `ready` asks for, and, in the same write, what was applied since the last one. */
  async persist(ready: Ready): Promise<void> {
    const changes = this.log.appendChanges(ready.entries);
    if (ready.hardState !== undefined) changes.push(this.log.hardStateChange(ready.hardState));
    await this.#write(changes);
  }

  /** Writes what was applied, though no Ready asks for it. */
  async flush(): Promise<void> {
    if (this.dirty) await this.#write([]);
  }

  /** The log now begins behind `start`; its entries up to there are in the applied state. */
  async compact(start: Applied): Promise<void> {
    await this.#write([this.log.startChange(start)]);
    await this.log.dropCompacted();
  }

  /**
   * The staged state takes the place of the applied one, and the log begins behind it.
   * @param reload called at the very moment when reads see the new state
   */
  async install(ready: Ready, { meta, membership, generation }: StagedSnapshot, reload: () => Promise<void>): Promise<void> {
    this.applied = { index: meta.index, term: meta.term };
    this.membership = membership;
    this.state.moveTo(generation);
    const reloaded = reload();
    const changes = this.log.replacedChanges();
    changes.push(this.log.startChange(this.applied), ...this.log.appendChanges(ready.entries));
    if (ready.hardState !== undefined) changes.push(this.log.hardStateChange(ready.hardState));
    changes.push(membershipChange(membership));
    this.membershipChanged = false;
    await Promise.all([this.#write(changes), reloaded]);
    await dropOtherGenerations(this.database, generation);
    await this.log.dropCompacted();
  }

  async #write(changes: Change[]): Promise<void> {
    const { applied } = this;
    changes.push(...this.state.beginFlush(), appliedChange(applied, this.state.generation));
    if (this.membershipChanged) changes.push(membershipChange(this.membership));
    this.membershipChanged = false;
    await writeSynced(this.database, changes);
    this.state.flushed();
    this.#flushedApplied = applied;
  }
}

async function checkOrCreateIdentity(
  database: Database,
  dataDir: string,
  bootstrap: Bootstrap | (() => Promise<Bootstrap>),
): Promise<Identity> {
  const stored = database.getSync(metaKey('identity'));
  if (stored === undefined) {
    const given = typeof bootstrap === 'function' ? await bootstrap() : bootstrap;
    await create(database, given);
    return given;
  }
  const text = JSON.parse(Buffer.from(stored).toString()) as { memberId: string; clusterId: string; name: string }; // ours
  const identity = { memberId: parseId(text.memberId), clusterId: parseId(text.clusterId), name: text.name };
  if (typeof bootstrap !== 'function') checkIdentity(identity, dataDir, bootstrap);
  return identity;
}

function checkIdentity(identity: Identity, dataDir: string, bootstrap: Bootstrap): void {
  if (identity.clusterId !== bootstrap.clusterId) {
    throw new ConfigError(
      `cluster ID mismatch: data directory ${dataDir} belongs to cluster ${formatId(identity.clusterId)}, ` +
        `but the flags describe cluster ${formatId(bootstrap.clusterId)}`,
    );
  }
  if (identity.memberId !== bootstrap.memberId) {
    throw new ConfigError(
      `member ID mismatch: data directory ${dataDir} belongs to member "${identity.name}" (${formatId(identity.memberId)}), ` +
        `but the flags describe member "${bootstrap.name}" (${formatId(bootstrap.memberId)})`,
    );
  }
}

/** A cluster begins as if its members had been agreed on in entry 1, which was then compacted: late joiners get them with a snapshot. */
async function create(database: Database, { memberId, clusterId, name, initialMembers }: Bootstrap): Promise<void> {
  const voters = initialMembers.map((member) => member.id).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const conf: ConfState = { voters, votersOutgoing: [], learners: [], learnersNext: [] };
  const identity = { memberId: formatId(memberId), clusterId: formatId(clusterId), name };
  const applied: Applied = voters.length === 0 ? { index: 0, term: 0 } : { index: 1, term: 1 };
  const log = new LogStorage(database);
  await writeSynced(database, [
    { type: 'put', key: metaKey('identity'), value: Buffer.from(JSON.stringify(identity)) },
    membershipChange(new Membership(initialMembers, conf)),
    log.startChange(applied),
    log.hardStateChange({ term: applied.term, vote: 0n, commit: applied.index }),
    appliedChange(applied, 0),
  ]);
}

/** States of snapshots that were never completed, or that were replaced. */
async function dropOtherGenerations(database: Database, generation: number): Promise<void> {
  await database.clear({ gte: stateStart, lt: stateKey(generation) });
  await database.clear({ gte: stateKey(generation + 1), lt: stateEnd });
}

function membershipChange(membership: Membership): Change {
  return { type: 'put', key: metaKey('membership'), value: membership.encode() };
}

function appliedChange({ index, term }: Applied, generation: number): Change {
  const value = Buffer.allocUnsafe(20);
  value.writeDoubleBE(index, 0);
  value.writeDoubleBE(term, 8);
  value.writeUInt32BE(generation, 16);
  return { type: 'put', key: metaKey('applied'), value };
}

function decodeApplied(value: Uint8Array | undefined): { applied: Applied; generation: number } {
  assert(value !== undefined, 'a member that has an identity has an applied index');
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  return { applied: { index: bytes.readDoubleBE(0), term: bytes.readDoubleBE(8) }, generation: bytes.readUInt32BE(16) };
}
