import assert from 'node:assert/strict';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { silentLogger } from '@flotilla/base';
import { ConfigError, reloadingTls, type TlsMaterial } from './index.js';

test('certificate files are read again when they are replaced', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-'));
  const cert = join(folder, 'tls.crt');
  const key = join(folder, 'tls.key');
  assert.throws(() => reloadingTls({ cert, key }, silentLogger), new ConfigError(`open ${cert}: no such file or directory`));
  writeFileSync(cert, 'one');
  writeFileSync(key, 'key');
  const tls = reloadingTls({ cert, key }, silentLogger);
  t.after(() => {
    tls.close();
    rmSync(folder, { recursive: true });
  });
  const changed = new Promise<TlsMaterial>((resolve) => tls.onChange(resolve));
  writeFileSync(join(folder, 'next'), 'two');
  renameSync(join(folder, 'next'), cert);
  // The watcher alone does not keep a process alive, as a server would.
  const alive = setInterval(() => {}, 1_000);
  assert.equal((await changed).cert.toString(), 'two');
  clearInterval(alive);
  assert.equal(tls.current().cert.toString(), 'two');
});
