import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const etcdFound = spawnSync('etcd', ['--version']).status === 0;

/** A real etcd of one member, alone, on ports of its own. */
export async function startEtcd(flags: readonly string[] = []) {
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-etcd-'));
  const [client, peer] = [`http://127.0.0.1:${await freePort()}`, `http://127.0.0.1:${await freePort()}`];
  const child = spawn('etcd', [
    ...['--data-dir', folder, '--listen-client-urls', client, '--advertise-client-urls', client],
    ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer, '--initial-cluster', `default=${peer}`],
    ...flags,
  ]);
  await ready(child);
  return {
    url: client,
    stop: async () => {
      const closed = child.exitCode === null ? once(child, 'close') : undefined;
      child.kill();
      await closed;
      rmSync(folder, { recursive: true });
    },
  };
}

function ready(child: ChildProcess): Promise<void> {
  let log = '';
  return new Promise((resolve, reject) => {
    child.on('close', () => reject(new Error(`etcd ended: ${log}`)));
    child.stderr?.on('data', (chunk) => {
      if (log.includes('ready to serve client requests')) return;
      log += String(chunk);
      if (log.includes('ready to serve client requests')) resolve();
    });
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  assert(typeof address === 'object' && address !== null);
  return address.port;
}
