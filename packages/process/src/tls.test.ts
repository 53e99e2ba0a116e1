import assert from 'node:assert/strict';
import { mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { silentLogger } from '@flotilla/base';
import { ConfigError, reloadingFile, reloadingTls, type TlsMaterial } from './index.js';

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

test('a change that nothing tells of is seen when they are looked at', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-'));
  const elsewhere = mkdtempSync(join(tmpdir(), 'flotilla-'));
  const [cert, key] = [join(folder, 'tls.crt'), join(folder, 'tls.key')];
  writeFileSync(join(elsewhere, 'real.crt'), 'one');
  symlinkSync(join(elsewhere, 'real.crt'), cert);
  writeFileSync(key, 'key');
  const tls = reloadingTls({ cert, key }, silentLogger, 20);
  t.after(() => {
    tls.close();
    for (const each of [folder, elsewhere]) rmSync(each, { recursive: true });
  });
  const changed = new Promise<TlsMaterial>((resolve) => tls.onChange(resolve));
  const alive = setInterval(() => {}, 1_000);
  writeFileSync(join(elsewhere, 'real.crt'), 'two');
  assert.equal((await changed).cert.toString(), 'two');
  clearInterval(alive);
});

test('a file is read again, and what cannot be read changes nothing', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-'));
  const path = join(folder, 'ca.crt');
  assert.throws(() => reloadingFile(path, silentLogger), new ConfigError(`open ${path}: no such file or directory`));
  writeFileSync(path, 'one');
  const file = reloadingFile(path, silentLogger);
  t.after(() => {
    file.close();
    rmSync(folder, { recursive: true });
  });
  const alive = setInterval(() => {}, 1_000);
  rmSync(path);
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.equal(file.current().toString(), 'one');
  const changed = new Promise<void>((resolve) => file.onChange(() => resolve()));
  writeFileSync(path, 'two');
  await changed;
  clearInterval(alive);
  assert.equal(file.current().toString(), 'two');
});
