import { ConfigError } from '@flotilla/process';
import type { ClusterMember } from '../member.js';
import { formatId, parseId } from './ids.js';
import type { LogIdentity } from './wal/write-ahead-log.js';

export interface Identity {
  readonly memberId: bigint;
  readonly clusterId: bigint;
  readonly name: string;
}

/** Who this member is and in which cluster, and the members to begin with when the data directory is empty. */
export interface Bootstrap extends Identity {
  /** Empty for a member that joins an existing cluster: the leader sends it everything. */
  readonly initialMembers: readonly ClusterMember[];
}

export function encodeIdentity({ memberId, clusterId, name }: Identity): LogIdentity {
  return { memberId: formatId(memberId), clusterId: formatId(clusterId), name };
}

export function decodeIdentity({ memberId, clusterId, name }: LogIdentity): Identity {
  return { memberId: parseId(memberId), clusterId: parseId(clusterId), name };
}

/** @throws ConfigError when the flags describe another member or cluster than the data directory's */
export function checkIdentity(identity: Identity, dataDir: string, bootstrap: Bootstrap): void {
  if (identity.clusterId !== bootstrap.clusterId) {
    throw new ConfigError(
      `cluster ID mismatch: data directory ${dataDir} belongs to cluster ${formatId(identity.clusterId)}, ` +
        `but the flags describe cluster ${formatId(bootstrap.clusterId)}`,
    );
  }
  if (identity.memberId !== bootstrap.memberId) {
    throw new ConfigError(
      `member ID mismatch: data directory ${dataDir} belongs to member "${identity.name}" (${formatId(identity.memberId)}), ` +
        `but the flags describe member "${bootstrap.name}" (${formatId(bootstrap.memberId)})`,
    );
  }
}
