import type { IncomingHttpHeaders } from 'node:http';
import { formatId } from './ids.js';

/** Who talks to whom in which cluster: told in the headers of every connection between members. */
export interface PeerIdentity {
  readonly clusterId: bigint;
  readonly memberId: bigint;
}

export interface Refusal {
  readonly status: 403 | 410 | 412;
  readonly message: string;
}

export function identityHeaders(self: PeerIdentity, to: bigint): Record<string, string> {
  return {
    'x-etcd-cluster-id': formatId(self.clusterId),
    'x-server-from': formatId(self.memberId),
    'x-raft-to': formatId(to),
  };
}

/** @returns who connects, or why it may not */
export function checkIdentity(headers: IncomingHttpHeaders, self: PeerIdentity): bigint | Refusal {
  const cluster = headers['x-etcd-cluster-id'];
  const to = headers['x-raft-to'];
  const from = headers['x-server-from'];
  if (cluster !== formatId(self.clusterId)) {
    return { status: 412, message: `request cluster ID mismatch (got ${cluster} want ${formatId(self.clusterId)})` };
  }
  if (to !== formatId(self.memberId)) {
    return { status: 412, message: `request sent was ignored: member ID mismatch (got ${to} want ${formatId(self.memberId)})` };
  }
  if (typeof from !== 'string' || !/^[0-9a-f]{1,16}$/.test(from)) return { status: 403, message: 'no member ID in the request' };
  return BigInt(`0x${from}`);
}
