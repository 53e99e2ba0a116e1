import { binaryBytes } from '../bytes.js';
import type { Lease, LeaseSet } from '../lease-set.js';
import type { DeleteRangeRequest, PlainCommand, PutRequest, RequestOp, TxnRequest } from '../model.js';
import { isClientCommand } from '../validate.js';
import { authErrors } from './auth-errors.js';
import type { AuthInfo } from './auth-model.js';
import type { AuthState, AuthView } from './auth-state.js';

/** What checking a command looks at: the store as of its turn. */
export interface AccessView {
  readonly auth: AuthState;
  readonly leases: LeaseSet;
}

/**
 * Refuses a command that `who` may not give, by etcd's rules (`etcdserver/apply/auth.go`).
 * @param who undefined: proposed by a member itself, or by a client that was not asked who it is, just before that began
 * @throws StoreError `permission-denied`, `auth-old-revision`, …
 */
export function checkCommand(view: AccessView, command: PlainCommand, who: AuthInfo | undefined): void {
  const { auth } = view;
  if (!auth.enabled) return;
  if ('auth' in command) {
    if (command.auth.kind !== 'authenticate') auth.checkRoot(who?.user ?? '');
    return;
  }
  if (who === undefined) {
    if (isClientCommand(command) && !('compact' in command)) throw authErrors.userEmpty();
    return;
  }
  if (who.authRevision < auth.revision) throw authErrors.oldRevision();
  if ('leaseRevoke' in command) checkLease(view, who.user, command.leaseRevoke.id);
  else if ('leaseKeepAlive' in command) checkLease(view, who.user, command.leaseKeepAlive.id);
  else if ('put' in command || 'deleteRange' in command || 'txn' in command) checkOp(view, who.user, command);
}

/** @throws StoreError `permission-denied` */
export function checkOp(view: AccessView, user: string, op: RequestOp): void {
  if ('range' in op) view.auth.checkRead(user, op.range.key, op.range.rangeEnd);
  else if ('put' in op) checkPut(view, user, op.put);
  else if ('deleteRange' in op) checkDeleteRange(view, user, op.deleteRange);
  else checkTxn(view, user, op.txn);
}

function checkPut(view: AccessView, user: string, { key, lease = 0n, prevKv }: PutRequest): void {
  view.auth.checkWrite(user, key);
  // The key would go with the lease, and whoever cannot write the keys of the lease cannot revoke it.
  if (lease !== 0n) checkLease(view, user, lease);
  if (prevKv === true) view.auth.checkRead(user, key);
}

function checkDeleteRange(view: AccessView, user: string, { key, rangeEnd, prevKv }: DeleteRangeRequest): void {
  view.auth.checkWrite(user, key, rangeEnd);
  if (prevKv === true) view.auth.checkRead(user, key, rangeEnd);
}

/** Compares, and both branches, whichever is taken. */
function checkTxn(view: AccessView, user: string, { compare, success, failure }: TxnRequest): void {
  for (const { key, rangeEnd } of compare) view.auth.checkRead(user, key, rangeEnd);
  for (const branch of [success, failure]) for (const op of branch) checkOp(view, user, op);
}

function checkLease({ auth, leases }: AccessView, user: string, id: bigint): void {
  if (auth.isRoot(user)) return;
  for (const key of leases.get(id)?.keys ?? []) auth.checkWrite(user, binaryBytes(key));
}

/** @throws StoreError `permission-denied` unless `user` may read every key that hangs on the lease */
export function checkLeaseRead(auth: AuthView, user: string, { keys }: Lease): void {
  if (auth.isRoot(user)) return;
  for (const key of keys) auth.checkRead(user, binaryBytes(key));
}
