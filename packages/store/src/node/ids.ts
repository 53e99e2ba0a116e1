import { createHash } from 'node:crypto';

/** As etcd prints ids: hexadecimal without leading zeros. */
export function formatId(id: bigint): string {
  return id.toString(16);
}

export function parseId(text: string): bigint {
  return BigInt(`0x${text}`);
}

/** The same on every member that starts with the same `--initial-cluster` and token. */
export function memberId(peerUrls: readonly string[], clusterToken: string): bigint {
  return hash([...peerUrls].sort().join(''), clusterToken);
}

export function clusterId(memberIds: readonly bigint[], clusterToken: string): bigint {
  const sorted = [...memberIds].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  return hash(sorted.map(formatId).join(','), clusterToken);
}

function hash(...parts: string[]): bigint {
  const digest = createHash('sha256');
  for (const part of parts) digest.update(`${part.length}:${part}`);
  const id = digest.digest().readBigUInt64BE(0);
  return id === 0n ? 1n : id;
}
