export type StoreErrorCode =
  | 'compacted'
  | 'future-revision'
  | 'unavailable'
  | 'unknown-outcome'
  | 'no-space'
  | 'corrupt'
  | 'too-large'
  | 'too-many-requests'
  | 'lease-not-found'
  | 'lease-exists'
  | 'lease-ttl-too-large'
  | 'key-not-found'
  | 'failed-precondition'
  | 'member-not-found'
  | 'permission-denied'
  | 'unauthenticated'
  | 'auth-old-revision'
  | 'unclassified'
  | 'invalid'
  | 'cancelled';

/**
 * An expected failure of a store call. `message` is etcd's text.
 *
 * - `unavailable`: not executed; safe to retry.
 * - `unknown-outcome`: sent, not answered; it may or may not have been applied.
 * - `compacted`: `compactRevision` tells the oldest revision that can still be read.
 * - `auth-old-revision`: not executed; users or roles changed since the caller's were looked up.
 * - `unclassified`: the few that etcd gives no status code.
 */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly code: StoreErrorCode;
  readonly compactRevision: number | undefined;

  constructor(code: StoreErrorCode, message: string, compactRevision?: number) {
    super(message);
    this.code = code;
    this.compactRevision = compactRevision;
  }
}

export function isStoreError(error: unknown, code?: StoreErrorCode): error is StoreError {
  return error instanceof StoreError && (code === undefined || error.code === code);
}

/** etcd's texts (`api/v3rpc/rpctypes/error.go` is their register). A fresh error each time, so that its stack tells where. */
export const storeErrors = {
  compacted: (compactRevision: number) =>
    new StoreError('compacted', 'etcdserver: mvcc: required revision has been compacted', compactRevision),
  futureRevision: () => new StoreError('future-revision', 'etcdserver: mvcc: required revision is a future revision'),
  noSpace: () => new StoreError('no-space', 'etcdserver: mvcc: database space exceeded'),
  corrupt: () => new StoreError('corrupt', 'etcdserver: corrupt cluster'),
  tooLarge: () => new StoreError('too-large', 'etcdserver: request is too large'),
  tooManyRequests: () => new StoreError('too-many-requests', 'etcdserver: too many requests'),
  leaseNotFound: () => new StoreError('lease-not-found', 'etcdserver: requested lease not found'),
  leaseExists: () => new StoreError('lease-exists', 'etcdserver: lease already exists'),
  leaseTtlTooLarge: () => new StoreError('lease-ttl-too-large', 'etcdserver: too large lease TTL'),
  keyNotFound: () => new StoreError('key-not-found', 'etcdserver: key not found'),
  emptyKey: () => new StoreError('invalid', 'etcdserver: key is not provided'),
  valueProvided: () => new StoreError('invalid', 'etcdserver: value is provided'),
  leaseProvided: () => new StoreError('invalid', 'etcdserver: lease is provided'),
  duplicateKey: () => new StoreError('invalid', 'etcdserver: duplicate key given in txn request'),
  tooManyOps: () => new StoreError('invalid', 'etcdserver: too many operations in txn request'),
  noLeader: () => new StoreError('unavailable', 'etcdserver: no leader'),
  stopped: () => new StoreError('unavailable', 'etcdserver: server stopped'),
  timeout: () => new StoreError('unknown-outcome', 'etcdserver: request timed out'),
};
