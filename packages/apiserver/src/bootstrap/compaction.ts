import { type Clock, type Logger, sleep } from '@flotilla/base';
import type { KeyValueStore } from '@flotilla/store-client';

/** Where API servers agree on who compacts, and up to where: Kubernetes' own key. */
const compactKey = Buffer.from('compact_rev_key');

/**
 * Drops the history of the store up to where it stood one interval ago, so that whoever pages or watches has at least
 * that long. Of several API servers one does it per interval: the one whose compare-and-swap succeeds.
 */
export async function compactPeriodically(
  store: KeyValueStore,
  intervalMs: number,
  { clock, log, signal }: { readonly clock: Clock; readonly log: Logger; readonly signal: AbortSignal },
): Promise<void> {
  let version = 0;
  let revision = 0;
  while (!signal.aborted) {
    await sleep(clock, intervalMs, signal).catch(() => {});
    if (signal.aborted) return;
    try {
      const round = await claim(store, version, revision);
      if (round.won && revision > 0) await store.compact(revision);
      version = round.version;
      revision = round.revision;
    } catch (error) {
      log.warn({ err: error }, 'compaction failed');
    }
  }
}

/** Moves the shared counter on if nobody else has since the last round. */
async function claim(
  store: KeyValueStore,
  version: number,
  revision: number,
): Promise<{ readonly won: boolean; readonly version: number; readonly revision: number }> {
  const response = await store.txn({
    compare: [{ key: compactKey, result: 'equal', target: { version } }],
    success: [{ put: { key: compactKey, value: Buffer.from(String(revision)) } }],
    failure: [{ range: { key: compactKey } }],
  });
  if (response.succeeded) return { won: true, version: version + 1, revision: response.revision };
  const [answer] = response.responses;
  const current = answer !== undefined && 'range' in answer ? answer.range.kvs[0] : undefined;
  return { won: false, version: current?.version ?? 0, revision: response.revision };
}
