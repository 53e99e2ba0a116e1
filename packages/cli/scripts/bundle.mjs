// Writes bundle/: the executable and every daemon, each in a few large files instead of a thousand small ones, of which Node.js spends
// half a second of CPU to find, read and link them (ADR 10). Made of what the compiler has written to dist/.
// Of a CommonJS package that is imported when it is needed, `import('undici')`, esbuild gives the default export alone.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { daemonNames } from '../dist/daemons.js';

const cli = dirname(dirname(fileURLToPath(import.meta.url)));
const packages = dirname(cli);
const output = join(cli, 'bundle');

/** A file finds what lies beside it, such as a `.proto`, by its own address: it keeps the one that it has in its package. */
const ownAddresses = {
  name: 'own-addresses',
  setup({ onLoad }) {
    onLoad({ filter: /\/packages\/[^/]+\/dist\/.*\.js$/ }, ({ path }) => {
      if (path.startsWith(cli)) return undefined; // as deep in bundle/ as in dist/
      const text = readFileSync(path, 'utf8');
      if (!text.includes('import.meta.url')) return undefined;
      const address = `new URL(${JSON.stringify(relative(output, path))}, import.meta.url).href`;
      return { contents: text.replaceAll('import.meta.url', `(${address})`) };
    });
  },
};

/** What loads machine code stays where it is installed. */
const nativeAddons = {
  name: 'native-addons',
  setup({ onResolve, resolve }) {
    onResolve({ filter: /^(classic-level|@lydell\/node-pty)$/ }, async ({ path, pluginData, ...from }) => {
      if (pluginData === nativeAddons) return undefined;
      const found = await resolve(path, { ...from, pluginData: nativeAddons });
      return found.errors.length > 0 ? found : { path: relative(output, found.path), external: true };
    });
  },
};

rmSync(output, { recursive: true, force: true });
await build({
  entryPoints: {
    main: join(cli, 'dist/main.js'),
    ...Object.fromEntries(daemonNames.map((name) => [name, join(packages, name, 'dist/main.js')])),
  },
  outdir: output,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  sourcemap: true,
  logLevel: 'warning',
  // CommonJS packages ask for Node.js' own modules by `require`.
  banner: { js: "import { createRequire as requireFrom } from 'node:module';\nconst require = requireFrom(import.meta.url);" },
  plugins: [ownAddresses, nativeAddons],
});
// The daemons of the bundle lie beside it; see "imports" in package.json.
writeFileSync(join(output, 'package.json'), JSON.stringify({ type: 'module', imports: { '#daemon/*': './*.js' } }));
