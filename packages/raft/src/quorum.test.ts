import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeConfChange, encodeConfChange, nextConfState } from './index.js';
import { committedIndex, type Voters, voteResult } from './quorum.js';

const ids = fc.uniqueArray(fc.bigInt(1n, 7n), { maxLength: 5 });
const votersOf = (incoming: bigint[], outgoing: bigint[]): Voters => ({
  incoming: new Set(incoming),
  outgoing: new Set(outgoing),
});

test('the committed index is the highest that a majority of each voter set has', () => {
  fc.assert(
    fc.property(ids, ids, fc.array(fc.nat(9), { minLength: 8, maxLength: 8 }), (incoming, outgoing, matches) => {
      fc.pre(incoming.length > 0);
      const matchOf = (id: bigint) => matches[Number(id)] ?? 0;
      const has = (set: bigint[], index: number) =>
        set.length === 0 || set.filter((id) => matchOf(id) >= index).length > set.length / 2;
      let expected = 0;
      while (expected < 10 && has(incoming, expected + 1) && has(outgoing, expected + 1)) expected++;
      assert.equal(committedIndex(votersOf(incoming, outgoing), matchOf), expected);
    }),
  );
});

test('an election is won by both majorities, and lost when one of them cannot be had any more', () => {
  const vote = fc.constantFrom(true, false, undefined);
  fc.assert(
    fc.property(ids, ids, fc.array(vote, { minLength: 8, maxLength: 8 }), (incoming, outgoing, votes) => {
      const count = (set: bigint[], accept: (vote: boolean | undefined) => boolean) =>
        set.length === 0 || set.filter((id) => accept(votes[Number(id)])).length > set.length / 2;
      const won = [incoming, outgoing].every((set) => count(set, (answer) => answer === true));
      const possible = [incoming, outgoing].every((set) => count(set, (answer) => answer !== false));
      const expected = won ? 'won' : possible ? 'pending' : 'lost';
      assert.equal(
        voteResult(votersOf(incoming, outgoing), (id) => votes[Number(id)]),
        expected,
      );
    }),
  );
});

test('membership changes survive their encoding, and no member is ever voter and learner at once', () => {
  const step = fc.record(
    {
      type: fc.constantFrom('add-voter' as const, 'add-learner' as const, 'remove' as const),
      node: fc.bigInt(1n, 6n),
    },
    { noNullPrototype: true },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 5 }), fc.uint8Array(), (steps, context) => {
      const change = { steps, context };
      const decoded = decodeConfChange(encodeConfChange(change));
      assert.deepEqual({ ...decoded, context: [...decoded.context] }, { ...change, context: [...context] });
      const before = { voters: [1n, 2n, 3n], votersOutgoing: [], learners: [4n], learnersNext: [] };
      const after = nextConfState(before, change);
      assert.ok(after.voters.length > 0);
      for (const learner of after.learners) assert.ok(![...after.voters, ...after.votersOutgoing].includes(learner));
      const left = nextConfState(after, { steps: [], context });
      assert.equal(left.votersOutgoing.length + left.learnersNext.length, 0);
      for (const learner of left.learners) assert.ok(!left.voters.includes(learner));
    }),
  );
});
