import type { CommandResponse, RangeResponse, ResponseOp } from './model.js';

/**
 * What a store has done since it was opened: numbers that only grow, for metrics. They are no part of the state, and
 * differ from member to member by the reads that each was asked for.
 */
export class StoreCounts {
  ranges = 0;
  puts = 0;
  deletes = 0;
  /** Transactions of more than one operation. */
  txns = 0;
  /** Keys and values that were put. */
  putBytes = 0;
  /** Changes that were removed after compactions. */
  scrubbed = 0;
  /** Events that watchers got. */
  events = 0;
  leasesGranted = 0;
  leasesRenewed = 0;
  /** Expired ones, too. */
  leasesRevoked = 0;
  leasesExpired = 0;

  /** A command came to this. */
  answered(response: CommandResponse | { readonly range: RangeResponse }): void {
    if ('leaseGrant' in response) this.leasesGranted++;
    else if ('leaseKeepAlive' in response) this.leasesRenewed += response.leaseKeepAlive.ttlSeconds > 0 ? 1 : 0;
    else if ('range' in response || 'put' in response || 'deleteRange' in response || 'txn' in response)
      this.#operation(response);
  }

  #operation(op: ResponseOp): number {
    if ('range' in op) this.ranges++;
    else if ('put' in op) this.puts++;
    else if ('deleteRange' in op) this.deletes++;
    else return this.#txn(op.txn.responses);
    return 1;
  }

  #txn(ops: readonly ResponseOp[]): number {
    let operations = 0;
    for (const op of ops) operations += this.#operation(op);
    if (operations > 1) this.txns++;
    return operations;
  }
}
