import type { AuthInfo } from '../auth/auth-model.js';
import type { AuthorizedCommand, Command, LeaseCheckpoint, PlainCommand } from '../model.js';
import { readAlarm, writeAlarm } from './alarms.js';
import { readAuthRequest, readText, writeAuthRequest, writeText } from './auth.js';
import { ByteReader, CodecError } from './byte-reader.js';
import { ByteWriter } from './byte-writer.js';
import { readDeleteRange, readMany, readPut, readTxn, writeDeleteRange, writePut, writeTxn } from './requests.js';

/** The first byte of a command: what goes into the Raft log starts with it, so numbers are never reused. */
const tags = {
  put: 1,
  deleteRange: 2,
  txn: 3,
  compact: 4,
  leaseGrant: 5,
  leaseRevoke: 6,
  leaseKeepAlive: 7,
  leaseExpire: 8,
  leaseCheckpoint: 9,
  alarm: 10,
  auth: 11,
  authorized: 12,
} as const;

const scratch = new ByteWriter(4096);

/** @returns a tag byte and the request's fields, big-endian, byte strings prefixed with their length */
export function encodeCommand(command: Command): Uint8Array {
  writeCommand(scratch, command);
  return scratch.finish();
}

/** The bytes of the command that `encoded` is, in a user's name, without decoding it. */
export function encodeAuthorized({ user, authRevision }: AuthInfo, encoded: Uint8Array): Uint8Array {
  writeText(scratch.u8(tags.authorized), user);
  return scratch.u53(authRevision).raw(encoded).finish();
}

function writeCommand(w: ByteWriter, command: Command): void {
  if ('put' in command) writePut(w.u8(tags.put), command.put);
  else if ('deleteRange' in command) writeDeleteRange(w.u8(tags.deleteRange), command.deleteRange);
  else if ('txn' in command) writeTxn(w.u8(tags.txn), command.txn);
  else if ('compact' in command) w.u8(tags.compact).u53(command.compact.revision);
  else if ('leaseGrant' in command) w.u8(tags.leaseGrant).i64(command.leaseGrant.id).u53(command.leaseGrant.ttlSeconds);
  else if ('leaseRevoke' in command) w.u8(tags.leaseRevoke).i64(command.leaseRevoke.id);
  else if ('leaseKeepAlive' in command) w.u8(tags.leaseKeepAlive).i64(command.leaseKeepAlive.id);
  else if ('alarm' in command) writeAlarm(w.u8(tags.alarm).u8(command.alarm.action === 'activate' ? 1 : 0), command.alarm);
  else if ('auth' in command) writeAuthRequest(w.u8(tags.auth), command.auth);
  else if ('authorized' in command) writeAuthorized(w.u8(tags.authorized), command.authorized);
  else if ('leaseExpire' in command) w.u8(tags.leaseExpire).i64(command.leaseExpire.id).u53(command.leaseExpire.renewals);
  else writeCheckpoints(w.u8(tags.leaseCheckpoint), command.leaseCheckpoint.checkpoints);
}

function writeCheckpoints(w: ByteWriter, checkpoints: readonly LeaseCheckpoint[]): void {
  w.u32(checkpoints.length);
  for (const { id, remainingSeconds, renewals } of checkpoints) w.i64(id).u53(remainingSeconds).u53(renewals);
}

function writeAuthorized(w: ByteWriter, { user, authRevision, command }: AuthorizedCommand): void {
  writeText(w, user);
  writeCommand(w.u53(authRevision), command);
}

/**
 * Byte strings of the result are views on `bytes`.
 * @throws CodecError
 */
export function decodeCommand(bytes: Uint8Array): Command {
  const r = new ByteReader(bytes);
  const tag = r.u8();
  const command = tag === tags.authorized ? { authorized: readAuthorized(r) } : readPlain(tag, r);
  if (r.remaining > 0) throw new CodecError(`${r.remaining} bytes after the command`);
  return command;
}

function readAuthorized(r: ByteReader): AuthorizedCommand {
  return { user: readText(r), authRevision: r.u53(), command: readPlain(r.u8(), r) };
}

function readPlain(tag: number, r: ByteReader): PlainCommand {
  switch (tag) {
    case tags.put:
      return { put: readPut(r) };
    case tags.deleteRange:
      return { deleteRange: readDeleteRange(r) };
    case tags.txn:
      return { txn: readTxn(r) };
    case tags.compact:
      return { compact: { revision: r.u53() } };
    case tags.leaseGrant:
      return { leaseGrant: { id: r.i64(), ttlSeconds: r.u53() } };
    case tags.leaseRevoke:
      return { leaseRevoke: { id: r.i64() } };
    case tags.leaseKeepAlive:
      return { leaseKeepAlive: { id: r.i64() } };
    case tags.leaseExpire:
      return { leaseExpire: { id: r.i64(), renewals: r.u53() } };
    case tags.leaseCheckpoint:
      return { leaseCheckpoint: { checkpoints: readMany(r, readCheckpoint) } };
    case tags.alarm:
      return { alarm: { action: r.u8() === 1 ? 'activate' : 'deactivate', ...readAlarm(r) } };
    case tags.auth:
      return { auth: readAuthRequest(r) };
    default:
      throw new CodecError(`no such command: ${tag}`);
  }
}

function readCheckpoint(r: ByteReader): LeaseCheckpoint {
  return { id: r.i64(), remainingSeconds: r.u53(), renewals: r.u53() };
}
