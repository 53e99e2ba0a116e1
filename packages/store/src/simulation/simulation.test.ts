import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mutations } from './mutations/index.js';
import { SimulationFailure, type SimulationOptions, simulate } from './simulation.js';

/** `SEED=17 node --test dist/simulation/simulation.test.js` replays one history; `pnpm sim` does more. */
const only = process.env['SEED'];
const seedsFrom = (first: number, count: number) =>
  only === undefined ? Array.from({ length: count }, (_, i) => first + i) : [Number(only)];

async function run(options: SimulationOptions) {
  try {
    return await simulate(options);
  } catch (error) {
    if (!(error instanceof SimulationFailure)) throw error;
    const replay = `pnpm sim --seed ${options.seed} --members ${options.members}`;
    throw new Error(`${error.message}\n${replay}\n${error.tail.join('\n')}`, { cause: error });
  }
}

for (const [members, seeds] of [
  [3, seedsFrom(1, 100)],
  [5, seedsFrom(1, 30)],
] as const) {
  test(`${members} members keep every promise through whatever happens`, async () => {
    let [commands, answered, terms] = [0, 0, 0];
    for (const seed of seeds) {
      const result = await run({ seed, members });
      commands += result.commands;
      answered += result.answered;
      terms += result.terms;
    }
    assert.ok(commands > 100 * seeds.length && answered > 150 * seeds.length, `${commands} commands, ${answered} answers`);
    assert.ok(terms > seeds.length, `${terms} terms`);
  });
}

test('a seed is a history', async () => {
  const options = { seed: 42, members: 3, durationMs: 3_000 } as const;
  const [first, second] = [await run(options), await run(options)];
  assert.equal(first.digest(), second.digest());
});

for (const { name, broken, plant, faults } of mutations) {
  test(`the checkers notice the bug: ${name}`, async () => {
    for (const seed of seedsFrom(1, 20)) {
      try {
        await simulate({ seed, members: 3, plant: plant(), ...(faults === undefined ? {} : { faults }) });
      } catch (error) {
        assert.match(String(error), broken);
        return;
      }
    }
    assert.fail('twenty seeds did not show it');
  });
}
