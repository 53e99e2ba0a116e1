import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Mutation, simulate } from './simulation.js';

/** `SEED=17 node --test dist/simulation.test.js` replays one history. */
const one = process.env['SEED'];
const firstSeeds = (count: number) => (one === undefined ? Array.from({ length: count }, (_, i) => i + 1) : [Number(one)]);

for (const [members, seeds] of [
  [3, firstSeeds(60)],
  [5, firstSeeds(30)],
] as const) {
  test(`${members} members keep Raft’s promises through crashes, partitions and a bad network`, () => {
    let committed = 0;
    for (const seed of seeds) {
      try {
        committed += simulate({ seed, members, durationMs: 6_000 }).committed;
      } catch (error) {
        throw new Error(`SEED=${seed} with ${members} members`, { cause: error });
      }
    }
    assert.ok(committed > 50 * seeds.length, `only ${committed} entries were committed`);
  });
}

test('the promises hold while voters and learners come and go', () => {
  for (const seed of firstSeeds(80)) {
    try {
      simulate({ seed, members: 5, spares: 2, durationMs: 6_000 });
    } catch (error) {
      throw new Error(`SEED=${seed} with changing members`, { cause: error });
    }
  }
});

test('a seed is a history', () => {
  const run = () => simulate({ seed: 42, members: 3, durationMs: 3_000 });
  assert.deepEqual(run(), run());
});

const mutations: readonly { mutation: Mutation; firstSeed: number; expected: RegExp }[] = [
  {
    mutation: 'skip-sync',
    firstSeed: 1,
    expected: /completeness|safety|linearizability|log matching|committed|LostEntriesError/,
  },
  // A second vote in a term needs rare timing: the seeds begin shortly before one that shows it.
  { mutation: 'forget-vote', firstSeed: 19, expected: /election safety|completeness|safety/ },
  { mutation: 'forget-term', firstSeed: 19, expected: /election safety|completeness|safety/ },
  { mutation: 'acknowledge-early', firstSeed: 1, expected: /linearizability/ },
  { mutation: 'read-stale', firstSeed: 1, expected: /linearizability/ },
];

for (const { mutation, firstSeed, expected } of mutations) {
  test(`the checkers notice a cluster that does “${mutation}”`, () => {
    for (let seed = firstSeed; seed < firstSeed + 300; seed++) {
      try {
        simulate({ seed, members: 3, durationMs: 6_000, mutation });
      } catch (error) {
        assert.match(String(error), expected);
        return;
      }
    }
    assert.fail(`300 seeds did not show “${mutation}”`);
  });
}
