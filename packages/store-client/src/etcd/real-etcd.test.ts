import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

/** For the tests that need one: the reason to skip them, or false. */
export const etcdMissing = spawnSync('etcd', ['--version']).status === 0 ? false : 'etcd is not installed';

interface Member {
  readonly name: string;
  readonly client: string;
  readonly peer: string;
  process: ChildProcess | undefined;
}

/** A real etcd of one or more members, on free ports of the loopback interface, in a folder of its own. */
export class RealEtcd {
  readonly #folder = mkdtempSync(join(tmpdir(), 'flotilla-etcd-'));
  readonly #members: readonly Member[];

  private constructor(members: readonly Member[]) {
    this.#members = members;
  }

  static async start(size = 1): Promise<RealEtcd> {
    const ports = await freePorts(2 * size);
    const url = (index: number) => `http://127.0.0.1:${ports[index]}`;
    const members = Array.from({ length: size }, (_, i) => ({
      name: `m${i}`,
      client: url(2 * i),
      peer: url(2 * i + 1),
      process: undefined,
    }));
    const etcd = new RealEtcd(members);
    await Promise.all(members.map((_, i) => etcd.startMember(i)));
    return etcd;
  }

  get endpoints(): readonly string[] {
    return this.#members.map(({ client }) => client);
  }

  /** Starts a member, anew or on what it had; resolves when it serves. */
  async startMember(index: number): Promise<void> {
    const member = this.#members[index]!;
    const { name, client, peer } = member;
    const cluster = this.#members.map((other) => `${other.name}=${other.peer}`).join(',');
    member.process = spawn('etcd', [
      ...['--name', name, '--data-dir', join(this.#folder, name)],
      ...['--listen-client-urls', client, '--advertise-client-urls', client],
      ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer, '--initial-cluster', cluster],
    ]);
    await serving(member.process, client);
  }

  /** `kill -9`. */
  async kill(index: number): Promise<void> {
    const member = this.#members[index]!;
    const { process } = member;
    if (process === undefined) return;
    member.process = undefined;
    const closed = once(process, 'close');
    process.kill('SIGKILL');
    await closed;
  }

  async close(): Promise<void> {
    for (const index of this.#members.keys()) await this.kill(index);
    rmSync(this.#folder, { recursive: true });
  }
}

/** Resolves when a leader is known. */
async function serving(process: ChildProcess, url: string): Promise<void> {
  let log = '';
  process.stderr?.on('data', (chunk) => {
    log = (log + String(chunk)).slice(-4_000);
  });
  for (;;) {
    if (process.exitCode !== null) throw new Error(`etcd ended: ${log}`);
    const health = await fetch(`${url}/health`).then(
      (response) => response.ok,
      () => false,
    );
    if (health) return;
    await setTimeout(20);
  }
}

/** Free when asked for: all of them are held before the first is given back. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  return servers.map((server) => {
    const address = server.address();
    server.close();
    assert(typeof address === 'object' && address !== null);
    return address.port;
  });
}
