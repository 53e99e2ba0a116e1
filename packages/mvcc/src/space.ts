import { leaseOverheadBytes, putOverheadBytes } from './limits.js';
import type { PlainCommand, RequestOp, TxnRequest } from './model.js';

/**
 * Bytes that a command may add to the store, estimated as etcd does for its quota. 0: it needs none, and is done even
 * while there is no space.
 */
export function spaceNeeded(command: PlainCommand): number {
  if ('put' in command) return ofOp(command);
  if ('txn' in command) return ofTxn(command.txn);
  return 'leaseGrant' in command ? leaseOverheadBytes : 0;
}

/** Only one of the branches is taken: the dearer one counts. */
function ofTxn({ success, failure }: TxnRequest): number {
  const ofBranch = (branch: readonly RequestOp[]) => branch.reduce((bytes, op) => bytes + ofOp(op), 0);
  return Math.max(ofBranch(success), ofBranch(failure));
}

function ofOp(op: RequestOp): number {
  if ('put' in op) return putOverheadBytes + op.put.key.length + op.put.value.length;
  return 'txn' in op ? ofTxn(op.txn) : 0;
}
