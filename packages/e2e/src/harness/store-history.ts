import assert from 'node:assert/strict';
import { silentLogger } from '@flotilla/base';
import { systemClock, systemRandom } from '@flotilla/process';
import { type CommittedCommand, CommittedHistory, canonical, checkKv, checkWatch, checkWatchComplete } from '@flotilla/sim';
import { openNative, type WatchResponse } from '@flotilla/store-client';
import { eventually } from './eventually.js';
import type { StoreCluster } from './store-cluster.js';
import type { StoreRecorder } from './store-recorder.js';

/**
 * Holds what clients and watchers were told against the history that the members have: all members the same, every
 * answer what the model gives at its place in it, places in the order of real time, nothing acknowledged lost, nothing refused
 * or unknown executed twice, and every watch complete.
 * @throws AssertionError that names the promise that was broken
 */
export async function checkHistory(cluster: StoreCluster, recorder: StoreRecorder): Promise<void> {
  const histories = await Promise.all(cluster.endpoints.map(readHistory));
  const [first = [], ...others] = histories;
  for (const other of others) assert.equal(canonical(other), canonical(first), 'all members have the same history');
  const history = new CommittedHistory(committedCommands(first, recorder));
  checkKv(history, recorder.operations);
  for (const watch of recorder.watches) {
    checkWatch(history.model, watch);
    checkWatchComplete(history.model, watch);
  }
}

/** All changes that a member has, from the first on, as its watch tells them. */
async function readHistory(endpoint: string): Promise<readonly WatchResponse[]> {
  const store = openNative({ endpoints: [endpoint], clock: systemClock, random: systemRandom, log: silentLogger });
  try {
    const { revision } = await eventually('the member answers', () => store.range({ key: Buffer.from('a') }));
    const responses: WatchResponse[] = [];
    for await (const response of store.watch({ key: Buffer.from([0]), rangeEnd: Buffer.from([0]), startRevision: 2 })) {
      responses.push(response);
      if (response.revision >= revision) return responses;
    }
    throw new Error('the watch ended early');
  } finally {
    await store.close();
  }
}

/**
 * The log, as far as clients can see it: the command that made each revision, known by the value that it wrote; and those
 * that were answered and changed nothing, after the revision that they were answered at.
 */
function committedCommands(history: readonly WatchResponse[], recorder: StoreRecorder): readonly CommittedCommand[] {
  const placed = history.map(({ revision, events }) => {
    const values = events.flatMap(({ type, kv }) => (type === 'put' ? Buffer.from(kv.value).toString() : []));
    const command = recorder.commands.get(values[0] ?? '');
    assert(command !== undefined, `revision ${revision} has the value ${values[0]}, which nobody wrote`);
    return { revision, command };
  });
  const unchanging = recorder.operations.flatMap(({ request, outcome }) => {
    if (!('command' in request) || typeof outcome === 'string' || 'error' in outcome) return [];
    const { response } = outcome;
    return 'txn' in response && !response.txn.succeeded ? { revision: response.txn.revision, command: request.command } : [];
  });
  // The sort is stable: what changed nothing comes after what made the revision.
  const log = [...placed, ...unchanging].sort((a, b) => a.revision - b.revision);
  return log.map(({ command }, i) => ({ index: i + 1, command }));
}
