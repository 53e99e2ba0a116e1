import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '@flotilla/base';
import { Proposals } from './proposals.js';

const limits = { pendingMax: 2, timeoutMs: 7_000, leaderWaitMs: 2_500 };

function setUp() {
  const clock = new ManualClock();
  const proposals = new Proposals<string>(clock, limits, 1n);
  /** What Raft says to the next proposals: the term it took them in, or that it did not. */
  const raft: { term: number | undefined; proposed: bigint[] } = { term: 3, proposed: [] };
  const propose = (id: bigint) => {
    raft.proposed.push(id);
    return raft.term;
  };
  return { clock, proposals, raft, propose };
}

test('a proposal is answered when it is applied; nothing stays behind', async () => {
  const { clock, proposals, propose } = setUp();
  proposals.leaderKnown(true);
  const answer = proposals.add(propose);
  proposals.applied(1n, 'done');
  assert.equal(await answer, 'done');
  assert.equal(proposals.size, 0);
  clock.advance(10_000);
  assert.equal(clock.pending, 0);
});

test('what a later term went past was lost, and is proposed again', async () => {
  const { proposals, raft, propose } = setUp();
  proposals.leaderKnown(true);
  const answer = proposals.add(propose);
  raft.term = 4;
  proposals.reachedTerm(3);
  assert.deepEqual(raft.proposed, [1n], 'its own term says nothing');
  proposals.reachedTerm(4);
  assert.deepEqual(raft.proposed, [1n, 1n]);
  proposals.applied(1n, 'done');
  assert.equal(await answer, 'done');
});

test('without a leader: refused as not executed, and soon; with one, what waited goes through', async () => {
  const { clock, proposals, raft, propose } = setUp();
  raft.term = undefined;
  const refused = assert.rejects(proposals.add(propose), { code: 'unavailable', message: 'etcdserver: no leader' });
  clock.advance(2_600);
  await refused;
  const answer = proposals.add(propose);
  raft.term = 5;
  proposals.leaderKnown(true);
  proposals.applied(2n, 'done');
  assert.equal(await answer, 'done');
});

test('handed on and never heard of again: nobody can know', async () => {
  const { clock, proposals, propose } = setUp();
  proposals.leaderKnown(true);
  const unknown = assert.rejects(proposals.add(propose), { code: 'unknown-outcome', message: 'etcdserver: request timed out' });
  clock.advance(7_100);
  await unknown;
  assert.equal(proposals.failed, 1);
});

test('a snapshot that skipped entries leaves the outcome of earlier proposals open', async () => {
  const { proposals, propose } = setUp();
  const unknown = assert.rejects(proposals.add(propose), { code: 'unknown-outcome' });
  proposals.lostTrack(3);
  await unknown;
});

test('too many at once are refused, an aborted one is let go, the rest ends with the member', async () => {
  const { clock, proposals, raft, propose } = setUp();
  const aborting = new AbortController();
  const aborted = assert.rejects(proposals.add(propose, aborting.signal), /gone/);
  raft.term = undefined;
  const stopped = assert.rejects(proposals.add(propose), { code: 'unavailable', message: 'etcdserver: server stopped' });
  await assert.rejects(proposals.add(propose), { code: 'too-many-requests' });
  aborting.abort(new Error('gone'));
  await aborted;
  proposals.close();
  await stopped;
  assert.equal(clock.pending, 0);
});
