import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LostEntriesError, RaftNode } from './index.js';

const limits = {
  ...{ appendBytesMax: 100, entryBytesMax: 200, inflightMessagesMax: 3, inflightBytesMax: 10_000 },
  ...{ uncommittedBytesMax: 500, committedBytesMax: 1_000 },
};

test('a member whose disk forgot what it acknowledged stops instead of waiting for ever', () => {
  const restored = {
    hardState: { term: 1, vote: 0n, commit: 1 },
    entries: [],
    logStart: { index: 1, term: 1 },
    applied: 1,
    conf: { voters: [1n, 2n, 3n], learners: [], votersOutgoing: [], learnersNext: [] },
  };
  const raft = new RaftNode({ id: 1n, electionTicks: 5, heartbeatTicks: 1, random: { next: () => 0 }, restored, limits });
  const heartbeat = (commit: number) => ({ type: 'heartbeat', from: 2n, to: 1n, term: 1, commit, readRound: 0 }) as const;
  raft.step(heartbeat(1));
  assert.throws(
    () => raft.step(heartbeat(5)),
    (error) => error instanceof LostEntriesError && error.message.includes('ends at 1, but entries up to 5'),
  );
});
