import { parseArgs } from 'node:util';
import { TestServer } from '../api-servers.js';
import { decoderTargets } from './decoders.js';
import { attack, FuzzFailure } from './fuzz.js';
import { serverTarget } from './server-target.js';

/**
 * `pnpm fuzz --seeds 1000` runs on where the tests stop; `pnpm fuzz --seed 17` replays one attack, `--only CEL` one decoder's share, `--only server` a whole
 * server's.
 * Prints the seed, the decoder and its input, and ends with status 1 when a decoder failed.
 */
const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '1' },
    cases: { type: 'string', default: '1500' },
    only: { type: 'string' },
  },
});
const first = Number(values.seed);
const seeds = Number(values.seeds);
const server = await TestServer.start();
const targets = [...decoderTargets, serverTarget(server)].filter(({ name }) => values.only === undefined || name === values.only);
const print = (line: string) => process.stdout.write(`${line}\n`);
let failures = 0;

for (let seed = first; seed < first + seeds; seed++) {
  try {
    await attack(targets, seed, Number(values.cases));
  } catch (error) {
    if (!(error instanceof FuzzFailure)) throw error;
    failures += 1;
    print(error.message);
  }
}
await server.close();
print(`${seeds} seeds, ${failures} failures`);
process.exitCode = failures === 0 ? 0 : 1;
