import type { Logger } from '@flotilla/base';
import { ConfigError } from '@flotilla/process';
import type { ConfState, RestoredState } from '@flotilla/raft';
import { flushBytes } from '../limits.js';
import { DamagedValueError } from './checked-value.js';
import type { Change, Database } from './database.js';
import {
  type Applied,
  appliedChange,
  type Facts,
  fenceChange,
  identityChange,
  membershipChange,
  readFacts,
  voteChange,
} from './facts.js';
import type { Files } from './files.js';
import { type Bootstrap, checkIdentity, decodeIdentity, encodeIdentity, type Identity } from './identity.js';
import { stateEnd, stateStart } from './keys.js';
import { MarkedDatabase } from './marked-database.js';
import { dropOtherGenerations, MemberStorage } from './member-storage.js';
import { Membership } from './membership.js';
import { aloneFrom, type Healed, heal, withoutState } from './repair.js';
import { stateChange } from './state-storage.js';
import { type OpenedLog, segmentName, WriteAheadLog } from './wal/write-ahead-log.js';

export interface StorageParts {
  /** For messages. */
  readonly dataDir: string;
  readonly files: Files;
  readonly database: Database;
  readonly log: Logger;
}

export interface OpenedStorage {
  readonly storage: MemberStorage;
  readonly restored: RestoredState;
}

/**
 * Opens what a member has on disk, or makes it.
 * @param bootstrap what the flags say; or, for a joining member, asks the cluster, when the directory is empty
 * @param forceNewCluster makes this member the only one of its cluster, whoever the others were (`--force-new-cluster`)
 * @throws ConfigError when the directory belongs to another member or cluster, or is damaged and nobody can give back what is lost
 */
export async function openStorage(
  parts: StorageParts,
  bootstrap: Bootstrap | (() => Promise<Bootstrap>),
  forceNewCluster = false,
): Promise<OpenedStorage> {
  const { dataDir, files, log } = parts;
  const database = await MarkedDatabase.open(parts.database);
  const marked = { ...parts, database };
  const facts = database.intact ? intactFacts(marked) : 'damaged';
  const promised = facts !== 'damaged' && facts !== undefined && !isNew(facts);
  const opened = await WriteAheadLog.open(files, promised ? facts.identity : undefined);
  if (!database.intact) log.error({ dataDir }, 'the database is damaged: it has lost writes');
  if (opened === undefined) {
    if (facts !== 'damaged' && !promised) {
      return created(marked, typeof bootstrap === 'function' ? await bootstrap() : bootstrap);
    }
    throw new ConfigError(`data directory ${dataDir} has a database but no write-ahead log: ${remedy}`);
  }
  const identity = decodeIdentity(opened.log.identity);
  if (typeof bootstrap !== 'function') checkIdentity(identity, dataDir, bootstrap);
  tell(opened, log);
  const healed = facts === 'damaged' || facts === undefined ? undefined : heal(opened.image, facts, opened.damages.length > 0);
  if (healed !== undefined) {
    return restart(marked, opened.log, identity, forceNewCluster ? aloneFrom(identity.memberId, healed) : healed);
  }
  const known = facts === 'damaged' ? undefined : facts;
  const contacts = known?.membership.list() ?? (typeof bootstrap === 'function' ? [] : bootstrap.initialMembers);
  const membership = new Membership(contacts, nobody);
  return restart(marked, opened.log, identity, withoutState(membership, opened.image.contents(firstApplied), known));
}

function tell({ cutBytes, damages }: OpenedLog, log: Logger): void {
  if (cutBytes > 0) log.info({ bytes: cutBytes }, 'cut off a write that a crash had interrupted');
  for (const { segment, offset, what, lost } of damages) {
    log.error({ file: segmentName(segment), offset, what, lost }, 'the write-ahead log is damaged');
  }
}

/**
 * The database turned out to be damaged: forgets the applied state, to get it back from the leader.
 * @throws ConfigError when there is nobody to get it back from
 */
export function forgetState(parts: StorageParts, { storage, restored }: OpenedStorage): Promise<OpenedStorage> {
  const { database, identity, membership, wal } = storage;
  const facts = { ...storage.facts, generation: storage.state.generation };
  const { entries, hardState, logStart } = restored;
  const last = entries.at(-1) ?? logStart;
  const contents = { start: logStart, hardState, entries, fence: restored.fence ?? { index: last.index, term: last.term } };
  return restart({ ...parts, database }, wal, identity, withoutState(new Membership(membership.list(), nobody), contents, facts));
}

const remedy = 'restore it from a snapshot, or remove this member from the cluster and add it again with an empty data directory';
const nobody: ConfState = { voters: [], votersOutgoing: [], learners: [], learnersNext: [] };
/** A cluster begins as if its members had been agreed on in entry 1, which was then compacted: late joiners get them with a snapshot. */
const firstApplied: Applied = { index: 1, term: 1 };

/** Nothing has been promised yet: a crash came between the database and the log of a new member. */
function isNew({ applied, vote, fence }: Facts): boolean {
  return applied.index <= firstApplied.index && vote.term <= firstApplied.term && fence === undefined;
}

function intactFacts({ database, log }: StorageParts): Facts | undefined | 'damaged' {
  try {
    return readFacts(database);
  } catch (error) {
    if (!(error instanceof DamagedValueError)) throw error;
    log.error({ err: error }, 'the database is damaged');
    return 'damaged';
  }
}

async function created(parts: StorageParts, bootstrap: Bootstrap): Promise<OpenedStorage> {
  const applied = bootstrap.initialMembers.length === 0 ? { index: 0, term: 0 } : firstApplied;
  const storage = await createStorage(parts, bootstrap, applied, []);
  const hardState = { term: applied.term, vote: 0n, commit: applied.index };
  const { conf } = storage.membership;
  return { storage, restored: { hardState, logStart: applied, entries: [], applied: applied.index, conf } };
}

/**
 * Makes the storage of a new member.
 * @param applied the entry whose state `pairs` are; the log begins behind it
 * @param pairs the backend's keys and values
 */
export async function createStorage(
  { files, database }: Pick<StorageParts, 'files' | 'database'>,
  bootstrap: Bootstrap,
  applied: Applied,
  pairs: AsyncIterable<readonly [Uint8Array, Uint8Array]> | Iterable<readonly [Uint8Array, Uint8Array]>,
): Promise<MemberStorage> {
  const voters = bootstrap.initialMembers.map((member) => member.id).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const membership = new Membership(bootstrap.initialMembers, { ...nobody, voters });
  const vote = { term: applied.term, vote: 0n };
  await database.clear({ from: stateStart, to: stateEnd });
  await fill(database, pairs);
  await database.write([
    ...[identityChange(bootstrap), appliedChange(applied, 0), membershipChange(membership)],
    ...[voteChange(vote), fenceChange(undefined)],
  ]);
  const batch = { hardState: { ...vote, commit: applied.index }, entries: [] };
  const wal = await WriteAheadLog.create(files, encodeIdentity(bootstrap), applied, batch);
  return new MemberStorage(bootstrap, database, wal, {
    ...{ identity: wal.identity, applied, generation: 0, membership, vote, fence: undefined },
  });
}

async function fill(
  database: Database,
  pairs: AsyncIterable<readonly [Uint8Array, Uint8Array]> | Iterable<readonly [Uint8Array, Uint8Array]>,
): Promise<void> {
  let changes: Change[] = [];
  let bytes = 0;
  for await (const [key, value] of pairs) {
    changes.push(stateChange(0, key, value));
    bytes += value.length;
    if (bytes < flushBytes) continue;
    await database.write(changes);
    [changes, bytes] = [[], 0];
  }
  await database.write(changes);
}

/** Writes down what was found, if anything had to be mended, and goes on from there. */
async function restart(parts: StorageParts, wal: WriteAheadLog, identity: Identity, healed: Healed): Promise<OpenedStorage> {
  const { dataDir, database, log } = parts;
  const { facts, contents, mended } = healed;
  const { applied, generation, membership, vote, fence } = facts;
  if (fence !== undefined && isAlone(identity, facts)) {
    throw new ConfigError(`data directory ${dataDir} is damaged, and no other member can give back what is lost: ${remedy}`);
  }
  if (mended) {
    // The fence first: once the damage is cut out of the log, nothing else tells of it.
    await database.write([
      ...[identityChange(identity), appliedChange(applied, generation), membershipChange(membership)],
      ...[voteChange(vote), fenceChange(fence)],
    ]);
    await wal.reset(contents.start, contents);
  } else if (facts.identity === undefined) await database.write([identityChange(identity)]);
  await dropOtherGenerations(database, generation);
  if (fence !== undefined)
    log.warn({ fence, from: applied.index }, 'not voting until the other members have given back what was lost');
  return {
    storage: new MemberStorage(identity, database, wal, facts),
    restored: {
      ...{ hardState: contents.hardState, logStart: contents.start, entries: contents.entries },
      ...{ applied: applied.index, conf: membership.conf, ...(fence === undefined ? {} : { fence }) },
    },
  };
}

function isAlone({ memberId }: Identity, { membership }: Facts): boolean {
  const known = membership.list(); // empty: this member had joined, and asks those it joined
  return known.length > 0 && known.every((member) => member.id === memberId);
}
