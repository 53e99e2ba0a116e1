import { binaryString } from './bytes.js';
import { leaseTtlSecondsMax, txnOpsMax } from './limits.js';
import type { Command, DeleteRangeRequest, PlainCommand, PutRequest, RangeRequest, RequestOp, TxnRequest } from './model.js';
import { storeErrors } from './store-error.js';

/**
 * Refuses what can be refused without looking at any state: servers call it before they propose, and the state
 * machine again when it applies.
 * @throws StoreError `invalid`, with etcd's text
 */
export function validateCommand(command: PlainCommand): void {
  if ('put' in command) validatePut(command.put);
  else if ('deleteRange' in command) validateDeleteRange(command.deleteRange);
  else if ('txn' in command) validateTxn(command.txn);
  else if ('leaseGrant' in command && command.leaseGrant.ttlSeconds > leaseTtlSecondsMax) throw storeErrors.leaseTtlTooLarge();
}

export function validateRange(request: RangeRequest): void {
  if (request.key.length === 0) throw storeErrors.emptyKey();
}

function validatePut(request: PutRequest): void {
  if (request.key.length === 0) throw storeErrors.emptyKey();
  if (request.ignoreValue === true && request.value.length > 0) throw storeErrors.valueProvided();
  if (request.ignoreLease === true && (request.lease ?? 0n) !== 0n) throw storeErrors.leaseProvided();
}

function validateDeleteRange(request: DeleteRangeRequest): void {
  if (request.key.length === 0) throw storeErrors.emptyKey();
}

export function validateTxn(request: TxnRequest): void {
  validateTxnOps(request, txnOpsMax);
  collectWrites(request.success);
  collectWrites(request.failure);
}

/** @param opsMax what the transactions around this one have left of the limit */
function validateTxnOps(request: TxnRequest, opsMax: number): void {
  const ops = Math.max(request.compare.length, request.success.length, request.failure.length);
  if (ops > opsMax) throw storeErrors.tooManyOps();
  for (const { key } of request.compare) if (key.length === 0) throw storeErrors.emptyKey();
  for (const branch of [request.success, request.failure]) for (const op of branch) validateOp(op, opsMax - ops);
}

function validateOp(op: RequestOp, opsMax: number): void {
  if ('range' in op) validateRange(op.range);
  else if ('put' in op) validatePut(op.put);
  else if ('deleteRange' in op) validateDeleteRange(op.deleteRange);
  else validateTxnOps(op.txn, opsMax);
}

/** As etcd sees them here: an open end is a zero byte like any other, and so lies before every key. */
interface DeletedSpan {
  readonly start: string;
  readonly end: string;
}

interface Writes {
  readonly puts: Set<string>;
  readonly deletes: DeletedSpan[];
}

/**
 * Within one path through a transaction, a put may meet neither another put of its key nor a delete. The two branches
 * of a nested transaction exclude each other, so they may overlap.
 *
 * The rule is etcd's, with its gaps: a put of a nested transaction is not held against the deletes of the nested ones
 * that follow, and an open-ended delete is held against nothing. There a key changes twice in one revision.
 */
function collectWrites(branch: readonly RequestOp[]): Writes {
  const puts = new Set<string>();
  const deletes: DeletedSpan[] = [];
  const add = (key: string) => {
    if (puts.has(key) || deletes.some((span) => covers(span, key))) throw storeErrors.duplicateKey();
    puts.add(key);
  };
  for (const op of branch) if ('deleteRange' in op) deletes.push(deletedSpan(op.deleteRange));
  for (const op of branch) {
    if (!('txn' in op)) continue;
    const success = collectWrites(op.txn.success);
    const failure = collectWrites(op.txn.failure);
    for (const key of success.puts) add(key);
    for (const key of failure.puts) if (!success.puts.has(key)) add(key);
    deletes.push(...success.deletes, ...failure.deletes);
  }
  for (const op of branch) if ('put' in op) add(binaryString(op.put.key));
  return { puts, deletes };
}

function deletedSpan({ key, rangeEnd }: DeleteRangeRequest): DeletedSpan {
  const start = binaryString(key);
  return { start, end: rangeEnd === undefined || rangeEnd.length === 0 ? `${start}\0` : binaryString(rangeEnd) };
}

function covers({ start, end }: DeletedSpan, key: string): boolean {
  return key >= start && key < end;
}

/** A transaction that changes nothing, whichever way it goes: it need not go through the log. */
export function isReadOnly(request: TxnRequest): boolean {
  const reads = (op: RequestOp): boolean => 'range' in op || ('txn' in op && isReadOnly(op.txn));
  return request.success.every(reads) && request.failure.every(reads);
}

/** What clients may ask for as it stands; other commands are members' own, or come from calls that check more. */
export function isClientCommand(command: Command): command is PlainCommand {
  if ('put' in command || 'txn' in command || 'deleteRange' in command || 'compact' in command) return true;
  return 'leaseGrant' in command || 'leaseRevoke' in command || 'leaseKeepAlive' in command;
}
