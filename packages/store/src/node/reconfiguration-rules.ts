import { StoreError } from '@flotilla/mvcc';
import type { ClusterMember } from '../member.js';

/** What a change of members is judged by. */
export interface ClusterView {
  readonly members: readonly ClusterMember[];
  /** Members that this one has a connection with, and itself. */
  readonly connected: ReadonlySet<bigint>;
  /** `--strict-reconfig-check`: refuse what would put the quorum at risk. */
  readonly strict: boolean;
}

/** etcd's --experimental-max-learners default. */
const learnersMax = 1;

const notEnoughStarted = () =>
  new StoreError('failed-precondition', 'etcdserver: re-configuration failed due to not enough started members');
const unhealthy = () => new StoreError('unavailable', 'etcdserver: unhealthy cluster');

/** @throws StoreError when the URLs are not such as a member listens on, or another member has them */
export function checkPeerUrls(members: readonly ClusterMember[], peerUrls: readonly string[], own?: bigint): void {
  if (peerUrls.length === 0 || !peerUrls.every(isPeerUrl)) {
    throw new StoreError('invalid', 'etcdserver: given member URLs are invalid');
  }
  if (members.some(({ id, peerUrls: taken }) => id !== own && taken.some((url) => peerUrls.includes(url)))) {
    throw new StoreError('failed-precondition', 'etcdserver: Peer URLs already exists');
  }
}

/** @throws StoreError */
export function checkAdd(view: ClusterView, peerUrls: readonly string[], isLearner: boolean): void {
  const { members, connected, strict } = view;
  checkPeerUrls(members, peerUrls);
  if (isLearner && members.filter((member) => member.isLearner).length >= learnersMax) {
    throw new StoreError('failed-precondition', 'etcdserver: too many learner members in cluster');
  }
  if (!strict) return;
  const voters = votersOf(members);
  if (!isLearner) checkStarted(voters, voters.length + 1);
  if (!voters.every(({ id }) => connected.has(id))) throw unhealthy();
}

/** @throws StoreError. Whoever is down already may always go, and so may a learner. */
export function checkRemove({ members, connected, strict }: ClusterView, id: bigint): void {
  const member = memberOf(members, id);
  const voters = votersOf(members);
  const rest = voters.filter((voter) => voter.id !== id);
  if (rest.length === 0) throw notEnoughStarted();
  if (!strict || member.isLearner) return;
  if (startedOf(rest) < quorum(rest.length)) throw notEnoughStarted();
  if (!connected.has(id)) return;
  if (rest.filter((voter) => connected.has(voter.id)).length < quorum(rest.length)) throw unhealthy();
}

/** @throws StoreError */
export function checkPromote({ members, strict }: ClusterView, id: bigint): void {
  const member = memberOf(members, id);
  if (!member.isLearner) throw new StoreError('failed-precondition', 'etcdserver: can only promote a learner member');
  const voters = votersOf(members);
  if (strict) checkStarted([...voters, member], voters.length + 1);
}

/** @throws StoreError */
export function memberOf(members: readonly ClusterMember[], id: bigint): ClusterMember {
  const member = members.find((candidate) => candidate.id === id);
  if (member === undefined) throw new StoreError('member-not-found', 'etcdserver: member not found');
  return member;
}

/** A lone member may always get a second one: that is how a cluster grows back after its members were lost. */
function checkStarted(members: readonly ClusterMember[], votersAfter: number): void {
  const started = startedOf(members);
  if (started < quorum(votersAfter) && !(started === 1 && votersAfter === 2)) throw notEnoughStarted();
}

const votersOf = (members: readonly ClusterMember[]) => members.filter((member) => !member.isLearner);

/** A member that has started has told its name. */
const startedOf = (members: readonly ClusterMember[]) => members.filter(({ name }) => name !== '').length;

const quorum = (voters: number) => Math.floor(voters / 2) + 1;

function isPeerUrl(text: string): boolean {
  if (!URL.canParse(text) || !/^https?:\/\/[^/]*:\d+\/?$/.test(text)) return false;
  const { pathname, search } = new URL(text);
  return pathname === '/' && search === '';
}
