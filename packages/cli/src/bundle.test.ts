import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { checkoutRoot } from './checkout.js';
import { daemonNames } from './daemons.js';

const bundle = join(checkoutRoot, 'packages/cli/bundle/main.js');
const run = (...args: readonly string[]) => promisify(execFile)(process.execPath, [bundle, ...args]);

for (const name of daemonNames) {
  test(`the bundle becomes ${name}`, async () => {
    const { stdout } = await run(name, '--help');
    assert.match(stdout, new RegExp(`^Usage: flotilla ${name} `));
  });
}

test('what a daemon loads only when it is needed is in the bundle, too', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-bundle-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'config.yaml');
  writeFileSync(path, 'nonsense: 1\n');
  await assert.rejects(run('loadbalancer', '--config', path), /config\.yaml: unknown field "nonsense"/);
});
