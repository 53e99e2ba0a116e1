/** What a member says of its data at the revision that it was asked for. */
export interface MemberHash {
  readonly memberId: bigint;
  readonly hash: number;
  /** The member's own, by then. */
  readonly revision: number;
  readonly compactRevision: number;
}

export interface Comparison {
  /** The leader's, at the revision that all were asked for. */
  readonly own: MemberHash;
  /** Members that did not answer, or lag behind, are not among them. */
  readonly peers: readonly MemberHash[];
  /** The leader's revisions after all have answered: nobody can have come further. */
  readonly later: { readonly revision: number; readonly compactRevision: number };
  /** Members in all. */
  readonly members: number;
}

/**
 * Which members' data are wrong: those that are ahead of the leader, and those that disagree with a majority.
 * @returns ids; 0n among them when members disagree and no majority tells who is right
 */
export function findCorrupt({ own, peers, later, members }: Comparison): readonly bigint[] {
  const ahead = peers.filter((peer) => peer.revision > later.revision || peer.compactRevision > later.compactRevision);
  // Between a compaction here and there, the hashes are of different things.
  const comparable = [own, ...peers.filter((peer) => peer.compactRevision === own.compactRevision && !ahead.includes(peer))];
  const votes = new Map<number, number>();
  for (const { hash } of comparable) votes.set(hash, (votes.get(hash) ?? 0) + 1);
  const ids = ahead.map(({ memberId }) => memberId);
  if (votes.size === 1) return ids;
  const [right] = [...votes].find(([, count]) => count > members / 2) ?? [];
  if (right === undefined) return [...ids, 0n];
  return [...ids, ...comparable.filter(({ hash }) => hash !== right).map(({ memberId }) => memberId)];
}
