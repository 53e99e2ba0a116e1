import type { Fence, NodeId } from '@flotilla/raft';
import { protect, verify } from './checked-value.js';
import type { Change, Database } from './database.js';
import { encodeIdentity, type Identity } from './identity.js';
import { type FactName, factKey } from './keys.js';
import { Membership } from './membership.js';
import type { LogIdentity } from './wal/write-ahead-log.js';

/** The place in the log up to which the state machine has everything. */
export interface Applied {
  readonly index: number;
  readonly term: number;
}

/** Whom this member voted for in its term. The log has it too; a damaged end of the log must not cost a vote. */
export interface Vote {
  readonly term: number;
  readonly vote: NodeId;
}

/** What the database says about the member itself. */
export interface Facts {
  /** Whose data this is: the log says so as well, unless its first record is damaged. Absent in directories of before it was written here. */
  readonly identity: LogIdentity | undefined;
  readonly applied: Applied;
  readonly generation: number;
  readonly membership: Membership;
  readonly vote: Vote;
  readonly fence: Fence | undefined;
}

/**
 * @returns undefined when the database is new
 * @throws DamagedValueError
 */
export function readFacts(database: Database): Facts | undefined {
  const applied = read(database, 'applied');
  const membership = read(database, 'membership');
  if (applied === undefined || membership === undefined) return undefined;
  const identity = read(database, 'identity');
  const vote = read(database, 'vote');
  const fence = read(database, 'fence');
  return {
    identity: identity === undefined ? undefined : (JSON.parse(identity.toString()) as LogIdentity), // as `identityChange` wrote it
    applied: { index: applied.readDoubleBE(0), term: applied.readDoubleBE(8) },
    generation: applied.readUInt32BE(16),
    membership: Membership.decode(membership),
    vote: vote === undefined ? { term: 0, vote: 0n } : { term: vote.readDoubleBE(0), vote: vote.readBigUInt64BE(8) },
    fence: fence === undefined ? undefined : { term: fence.readDoubleBE(0), index: fence.readDoubleBE(8) },
  };
}

export function identityChange(identity: Identity): Change {
  return put('identity', Buffer.from(JSON.stringify(encodeIdentity(identity))));
}

export function appliedChange({ index, term }: Applied, generation: number): Change {
  const value = Buffer.allocUnsafe(20);
  value.writeDoubleBE(index, 0);
  value.writeDoubleBE(term, 8);
  value.writeUInt32BE(generation, 16);
  return put('applied', value);
}

export function membershipChange(membership: Membership): Change {
  return put('membership', membership.encode());
}

export function voteChange({ term, vote }: Vote): Change {
  const value = Buffer.allocUnsafe(16);
  value.writeDoubleBE(term, 0);
  value.writeBigUInt64BE(vote, 8);
  return put('vote', value);
}

export function fenceChange(fence: Fence | undefined): Change {
  const key = factKey('fence');
  if (fence === undefined) return { type: 'del', key };
  const value = Buffer.allocUnsafe(16);
  value.writeDoubleBE(fence.term, 0);
  value.writeDoubleBE(fence.index, 8);
  return put('fence', value);
}

function put(name: FactName, value: Uint8Array): Change {
  const key = factKey(name);
  return { type: 'put', key, value: protect(key, value) };
}

function read(database: Database, name: FactName): Buffer | undefined {
  const key = factKey(name);
  const stored = database.getSync(key);
  if (stored === undefined) return undefined;
  const value = verify(key, stored);
  return Buffer.from(value.buffer, value.byteOffset, value.length);
}
