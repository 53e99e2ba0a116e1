import { StoreError, type StoreErrorCode, storeErrors } from '@flotilla/mvcc';

/** How a gRPC call failed: `rpctypes/error.go` of etcd is the register of what its servers say. */
export interface CallFailure {
  /** gRPC status code. */
  readonly code: number;
  readonly details: string;
}

/** Texts that tell more than their gRPC code does. */
const codesOfTexts = new Map<string, StoreErrorCode>([
  ['etcdserver: mvcc: required revision has been compacted', 'compacted'],
  ['etcdserver: mvcc: required revision is a future revision', 'future-revision'],
  ['etcdserver: mvcc: database space exceeded', 'no-space'],
  ['etcdserver: request is too large', 'too-large'],
  ['etcdserver: too many requests', 'too-many-requests'],
  ['etcdserver: requested lease not found', 'lease-not-found'],
  ['etcdserver: lease already exists', 'lease-exists'],
  ['etcdserver: too large lease TTL', 'lease-ttl-too-large'],
  ['etcdserver: key not found', 'key-not-found'],
  // Said before anything is proposed.
  ['etcdserver: no leader', 'unavailable'],
  ['etcdserver: not capable', 'unavailable'],
  ['etcdserver: revision of auth store is old', 'auth-old-revision'],
  ['etcdserver: rpc not supported for learner', 'unavailable'],
]);

const grpc = { cancelled: 1, unknown: 2, deadlineExceeded: 4, resourceExhausted: 8, internal: 13, unavailable: 14 } as const;

/** gRPC codes that say it all. */
const codesOfStatus = new Map<number, StoreErrorCode>([
  [7, 'permission-denied'],
  [9, 'failed-precondition'],
  [15, 'corrupt'],
  [16, 'unauthenticated'],
]);

/** Nobody knows what became of the call: the connection broke, or the member gave up waiting for the cluster. */
const inconclusive: readonly number[] = [grpc.cancelled, grpc.unknown, grpc.deadlineExceeded, grpc.internal, grpc.unavailable];

/** @param write whether it may have changed the store; what only reads can be asked again */
export function storeErrorOf({ code, details }: CallFailure, write: boolean): StoreError {
  const known = codesOfTexts.get(details);
  if (known !== undefined) return new StoreError(known, details);
  if (inconclusive.includes(code)) {
    const text = details.startsWith('etcdserver: ') ? details : `etcdserver: connection lost: ${details}`;
    return new StoreError(write ? 'unknown-outcome' : 'unavailable', text);
  }
  // gRPC's own limit lies a little above etcd's, and refuses what is far above it.
  if (code === grpc.resourceExhausted && details.includes('larger than max')) return storeErrors.tooLarge();
  return new StoreError(codesOfStatus.get(code) ?? 'invalid', details);
}
