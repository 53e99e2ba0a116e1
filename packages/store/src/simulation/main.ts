import { parseArgs } from 'node:util';
import { mutations } from './mutations/index.js';
import { SimulationFailure, type SimulationOptions, simulate } from './simulation.js';

/**
 * `pnpm sim --seeds 1000` runs on where the tests stop; `pnpm sim --seed 17` replays one history.
 * Prints the seed, the broken promise and, for a single seed, the last events; ends with status 1 when a promise was broken.
 */
const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '1' },
    members: { type: 'string', default: '3' },
    /** Virtual milliseconds under faults. */
    duration: { type: 'string' },
    mutation: { type: 'string' },
  },
});
const firstSeed = Number(values.seed);
const seeds = Number(values.seeds);
const mutation = mutations.find(({ name }) => name === values.mutation);
if (values.mutation !== undefined && mutation === undefined) {
  throw new Error(`no such mutation; there are:\n${mutations.map(({ name }) => `  ${name}`).join('\n')}`);
}
const print = (line: string) => process.stdout.write(`${line}\n`);
const beganMs = performance.now();
let operations = 0;
let failures = 0;

for (let seed = firstSeed; seed < firstSeed + seeds; seed++) {
  try {
    const result = await simulate(optionsOf(seed));
    operations += result.operations;
    if (seeds === 1) for (const [what, count] of Object.entries(result)) print(`${what}: ${describe(count)}`);
  } catch (error) {
    if (!(error instanceof SimulationFailure)) throw error;
    failures++;
    if (seeds === 1) print(error.tail.join('\n'));
    print(`seed ${seed}, ${values.members} members: ${error.message}`);
  }
  const done = seed - firstSeed + 1;
  if (done % 100 === 0) print(`${done} of ${seeds} seeds, ${failures} failures`);
}
const seconds = ((performance.now() - beganMs) / 1_000).toFixed(1);
print(`${seeds} seeds, ${operations} operations, ${failures} failures, ${seconds} s`);
process.exitCode = failures === 0 ? 0 : 1;

function optionsOf(seed: number): SimulationOptions {
  return {
    ...{ seed, members: values.members === '5' ? 5 : 3 },
    ...(values.duration === undefined ? {} : { durationMs: Number(values.duration) }),
    ...(mutation === undefined
      ? {}
      : { plant: mutation.plant(), ...(mutation.faults === undefined ? {} : { faults: mutation.faults }) }),
  };
}

function describe(value: unknown): string {
  if (typeof value === 'function') return String(value());
  return value instanceof Map ? Array.from(value, ([name, count]) => `${count}× ${name}`).join(', ') : String(value);
}
