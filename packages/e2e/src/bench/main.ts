import { benchApiserver } from './apiserver/bench-apiserver.js';
import { benchStore } from './store/bench-store.js';
import { benchUp } from './up.js';

/** `pnpm bench NAME`: each prints a table of medians; none asserts anything. */
const benches: Readonly<Record<string, (args: readonly string[]) => Promise<void>>> = {
  apiserver: benchApiserver,
  store: benchStore,
  up: benchUp,
};

const [name = '', ...args] = process.argv.slice(2);
const bench = benches[name];
if (bench === undefined) {
  console.error(`usage: pnpm bench <${Object.keys(benches).join('|')}>`);
  process.exit(1);
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1)); // what was started is ended
await bench(args);
