import type { StoreError, StoreErrorCode } from '@flotilla/mvcc';

/** gRPC status codes, the few that a store answers with. */
export const grpcCodes = {
  ok: 0,
  cancelled: 1,
  unknown: 2,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  permissionDenied: 7,
  resourceExhausted: 8,
  failedPrecondition: 9,
  outOfRange: 11,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  dataLoss: 15,
  unauthenticated: 16,
} as const;

/** As etcd's register of errors pairs them (`rpctypes/error.go`). */
const codes: Readonly<Record<StoreErrorCode, number>> = {
  compacted: grpcCodes.outOfRange,
  'future-revision': grpcCodes.outOfRange,
  unavailable: grpcCodes.unavailable,
  'unknown-outcome': grpcCodes.unavailable,
  'no-space': grpcCodes.resourceExhausted,
  corrupt: grpcCodes.dataLoss,
  'too-large': grpcCodes.invalidArgument,
  'too-many-requests': grpcCodes.resourceExhausted,
  'lease-not-found': grpcCodes.notFound,
  'member-not-found': grpcCodes.notFound,
  'lease-exists': grpcCodes.failedPrecondition,
  'lease-ttl-too-large': grpcCodes.outOfRange,
  'key-not-found': grpcCodes.invalidArgument,
  'failed-precondition': grpcCodes.failedPrecondition,
  'permission-denied': grpcCodes.permissionDenied,
  unauthenticated: grpcCodes.unauthenticated,
  'auth-old-revision': grpcCodes.invalidArgument,
  unclassified: grpcCodes.unknown,
  invalid: grpcCodes.invalidArgument,
  cancelled: grpcCodes.cancelled,
};

export function grpcCode(code: StoreErrorCode): number {
  return codes[code];
}

/** An error as Go's gRPC writes it, which etcd puts into the end of a watch. */
export function rpcErrorText({ code, message }: StoreError): string {
  const [name = 'unknown'] = Object.entries(grpcCodes).find(([, number]) => number === grpcCode(code)) ?? [];
  return `rpc error: code = ${name.charAt(0).toUpperCase()}${name.slice(1)} desc = ${message}`;
}
