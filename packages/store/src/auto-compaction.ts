import type { Cancel, Clock, Logger } from '@flotilla/base';
import { encodeCommand, type MvccStore } from '@flotilla/mvcc';
import { ConfigError, parseDuration } from '@flotilla/process';
import { autoCompactionPeriodsPerRetention, revisionCompactionPeriodMs } from './limits.js';
import type { Member } from './member.js';

/** `revision`: keep that many revisions. `periodic`: keep those of that long. */
export type AutoCompaction =
  | { readonly mode: 'off' }
  | { readonly mode: 'revision'; readonly revisions: number }
  | { readonly mode: 'periodic'; readonly retentionMs: number };

/**
 * Reads `--auto-compaction-mode` and `--auto-compaction-retention`; a bare number means hours in periodic mode.
 * @throws ConfigError
 */
export function parseAutoCompaction(mode: string, retention: string): AutoCompaction {
  if (mode !== 'periodic' && mode !== 'revision') throw new ConfigError(`unexpected value "${mode}" for --auto-compaction-mode`);
  const bare = /^\d+$/.test(retention);
  if (retention === '' || (bare && Number(retention) === 0)) return { mode: 'off' };
  if (mode === 'revision') {
    if (!bare) throw new ConfigError(`error parsing --auto-compaction-retention "${retention}": want a number of revisions`);
    return { mode, revisions: Number(retention) };
  }
  try {
    return { mode, retentionMs: bare ? Number(retention) * 3_600_000 : parseDuration(retention) };
  } catch {
    throw new ConfigError(`error parsing --auto-compaction-retention "${retention}": want a duration such as 1h`);
  }
}

/** While this member leads, forgets history that is older than the operator wants to keep. */
export function startAutoCompaction(member: Member<MvccStore>, policy: AutoCompaction, clock: Clock, log: Logger): Cancel {
  if (policy.mode === 'off') return () => {};
  const periodMs =
    policy.mode === 'revision' ? revisionCompactionPeriodMs : Math.ceil(policy.retentionMs / autoCompactionPeriodsPerRetention);
  /** Revisions as they were at the past instants, oldest first. */
  const past: number[] = [];
  let leading = false;
  let cancelTimer: Cancel = () => {};
  const tick = () => {
    cancelTimer = clock.after(periodMs, tick);
    past.push(member.store.revision);
    if (policy.mode === 'periodic' && past.length <= autoCompactionPeriodsPerRetention) return;
    const then = past.shift() ?? 0;
    const revision = policy.mode === 'revision' ? member.store.revision - policy.revisions : then;
    if (leading && revision > 0) compact(member, revision, log);
  };
  cancelTimer = clock.after(periodMs, tick);
  const cancelLeadership = member.onLeadership((leadership) => {
    leading = leadership.leading;
  });
  return () => {
    cancelTimer();
    cancelLeadership();
  };
}

function compact(member: Member<MvccStore>, revision: number, log: Logger): void {
  member.propose(encodeCommand({ compact: { revision } })).then(
    (result) => {
      if ('response' in result) log.info({ revision }, 'completed auto compaction');
    },
    (error: unknown) => log.warn({ err: error, revision }, 'failed auto compaction'),
  );
}
