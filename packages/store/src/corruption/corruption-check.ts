import { type Cancel, type Clock, ConfigError, errorMessage, type Logger } from '@flotilla/base';
import type { HashResult, MvccStore } from '@flotilla/mvcc';
import type { Alarms } from '../alarms.js';
import type { ClusterMember, Member } from '../member.js';
import { formatId } from '../node/ids.js';
import { findCorrupt, type MemberHash } from './find-corrupt.js';

/** Where members ask each other, on their peer listeners: the others need no user there, and no client's URL. */
export const hashPath = '/members/hashkv';

export interface CorruptionCheckOptions {
  readonly member: Member<MvccStore>;
  readonly alarms: Pick<Alarms, 'raise'>;
  /** GETs a path from another member's peer listener. @returns its JSON answer */
  readonly ask: (member: ClusterMember, path: string) => Promise<unknown>;
  readonly log: Logger;
}

/** Answers `GET /members/hashkv?revision=…`. */
export async function answerHash(store: MvccStore, query: URLSearchParams): Promise<HashResult> {
  return store.hash(Number(query.get('revision') ?? 0));
}

/**
 * `--experimental-corrupt-check-time`: while this member leads, compares the members' data now and then, and raises CORRUPT
 * for those that differ.
 */
export function startCorruptionChecks(options: CorruptionCheckOptions, intervalMs: number, clock: Clock): Cancel {
  let [stopped, leading] = [false, false];
  let cancel: Cancel = () => {};
  const again = () => {
    cancel = clock.after(intervalMs, () => {
      (leading ? checkMembers(options) : Promise.resolve())
        .catch((error: unknown) => options.log.warn({ err: error }, 'the corruption check could not be finished'))
        .finally(() => {
          if (!stopped) again();
        });
    });
  };
  again();
  const cancelLeadership = options.member.onLeadership((leadership) => {
    leading = leadership.leading;
  });
  return () => {
    stopped = true;
    cancel();
    cancelLeadership();
  };
}

/** @throws StoreError when this member cannot confirm that it leads */
export async function checkMembers(options: CorruptionCheckOptions): Promise<void> {
  const { member, alarms, log } = options;
  const { store } = member;
  const own = await ownHash(member);
  const peers = await askAll(options, own.revision);
  await member.linearizable();
  const later = { revision: store.revision, compactRevision: (await store.hash()).compactRevision };
  const corrupt = findCorrupt({ own, peers, later, members: member.members().length });
  for (const id of corrupt) {
    const hashes = [own, ...peers].map(({ memberId, hash }) => `${formatId(memberId)}: ${hash}`);
    log.error({ member: formatId(id), revision: own.revision, hashes }, 'members differ in their data');
    await alarms.raise('corrupt', id);
  }
  log.info({ 'number-of-peers-checked': peers.length }, 'finished peer corruption check');
}

/**
 * `--experimental-initial-corrupt-check`: compares this member's data with the others', before it serves anybody. Members
 * that cannot be asked do not count.
 * @throws ConfigError when they differ
 */
export async function checkInitially(options: Omit<CorruptionCheckOptions, 'alarms'>): Promise<void> {
  const own = await ownHash(options.member);
  const peers = await askAll(options, own.revision);
  const comparable = peers.filter(({ compactRevision }) => compactRevision === own.compactRevision);
  if (comparable.some(({ hash }) => hash !== own.hash)) {
    throw new ConfigError(`checkInitialHashKV failed: ${formatId(own.memberId)} found data inconsistency with peers`);
  }
  options.log.info({ 'number-of-peers-checked': comparable.length }, 'initial corruption checking passed; no corruption');
}

async function ownHash({ id: memberId, store }: Member<MvccStore>): Promise<MemberHash> {
  return { ...(await store.hash()), memberId };
}

async function askAll(
  { member, ask, log }: Pick<CorruptionCheckOptions, 'member' | 'ask' | 'log'>,
  revision: number,
): Promise<readonly MemberHash[]> {
  const others = member.members().filter(({ id }) => id !== member.id);
  const answers = others.map(async (other): Promise<MemberHash[]> => {
    try {
      const answer = await ask(other, `${hashPath}?revision=${revision}`);
      return [{ ...(answer as HashResult), memberId: other.id }]; // `answerHash` made it
    } catch (error) {
      log.warn({ peer: formatId(other.id), revision, reason: errorMessage(error) }, 'cannot fetch hash from remote peer');
      return [];
    }
  });
  return (await Promise.all(answers)).flat();
}
