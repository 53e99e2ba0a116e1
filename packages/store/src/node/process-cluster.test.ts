import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

const program = `
  const { runDaemon } = await import('@flotilla/process');
  const { daemon } = await import('@flotilla/store/main');
  await runDaemon(daemon, process.argv.slice(1));
`;

export interface Exit {
  readonly code: number | null;
  readonly stderr: string;
}

/** One member as a process of its own; part of processes.test.ts. */
export class MemberProcess {
  readonly clientUrl: string;
  readonly dataDir: string;
  /** What it has logged, in all its lives. */
  output = '';
  readonly #flags: readonly string[];
  #child: ChildProcess | undefined;

  constructor(clientUrl: string, flags: readonly string[]) {
    this.clientUrl = clientUrl;
    this.dataDir = flags[flags.indexOf('--data-dir') + 1] ?? '';
    this.#flags = flags;
  }

  /** Starts the process; `untilExit` when it is expected to refuse. */
  start(...moreFlags: readonly string[]): void {
    const args = ['--input-type=module', '-e', program, '--', ...this.#flags, ...moreFlags];
    this.#child = spawn(process.execPath, args, { cwd: new URL('../..', import.meta.url), stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child.stdout?.on('data', (part: Buffer) => {
      this.output += part.toString();
    });
  }

  async untilExit(): Promise<Exit> {
    const child = this.#child;
    if (child === undefined) throw new Error('not started');
    let stderr = '';
    child.stderr?.on('data', (part: Buffer) => {
      stderr += part.toString();
    });
    const [code] = await once(child, 'close');
    return { code, stderr };
  }

  async stop(signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  }

  /** @throws Error with the answer's text when the member refuses */
  async call(path: string, body: object, timeoutMs = 10_000): Promise<Record<string, unknown>> {
    const signal = AbortSignal.timeout(timeoutMs);
    const response = await fetch(`${this.clientUrl}${path}`, { method: 'POST', body: JSON.stringify(body), signal });
    const text = await response.text();
    if (!response.ok) throw new Error(text);
    return JSON.parse(text) as Record<string, unknown>;
  }

  async put(key: string, value: string, timeoutMs?: number): Promise<void> {
    await this.call('/v3/kv/put', { key: base64(key), value: base64(value) }, timeoutMs);
  }

  async get(key: string): Promise<string | undefined> {
    const { kvs } = await this.call('/v3/kv/range', { key: base64(key) });
    const [first] = (kvs ?? []) as { value: string }[];
    return first === undefined ? undefined : Buffer.from(first.value, 'base64').toString();
  }

  async metric(name: string): Promise<number> {
    const text = await (await fetch(`${this.clientUrl}/metrics`)).text();
    return Number(new RegExp(`^${name}(?:\\{.*\\})? (.*)$`, 'm').exec(text)?.[1]);
  }
}

export interface ClusterOptions {
  /** The first three numbers of the addresses, of its own for each test: `127.21.1`. */
  readonly net: string;
  readonly scheme?: 'http' | 'https';
  /** Members; three by default. */
  readonly size?: number;
  readonly flags?: readonly string[];
  /** Where the data directories lie; default: a folder that is deleted after the test. */
  readonly folder?: string;
}

/** Members on addresses of their own, started; stopped and wiped after the test. */
export function startCluster(
  t: TestContext,
  { net, scheme = 'http', size = 3, flags = [], ...where }: ClusterOptions,
): MemberProcess[] {
  const folder = where.folder ?? mkdtempSync(join(tmpdir(), 'flotilla-store-'));
  const numbers = Array.from({ length: size }, (_, i) => i + 1);
  const initialCluster = numbers.map((i) => `n${i}=${scheme}://${net}.${i}:2380`).join(',');
  const members = numbers.map((i) => {
    const clientUrl = `http://${net}.${i}:2379`;
    return new MemberProcess(clientUrl, [
      ...['--name', `n${i}`, '--data-dir', join(folder, `n${i}`), '--log-level', 'error'],
      ...['--listen-client-urls', clientUrl, '--listen-peer-urls', `${scheme}://${net}.${i}:2380`],
      ...['--initial-cluster', initialCluster, ...flags],
    ]);
  });
  for (const member of members) member.start();
  t.after(async () => {
    await Promise.all(members.map((member) => member.stop()));
    if (where.folder === undefined) rmSync(folder, { recursive: true, force: true });
  });
  return members;
}

/** Tries until it works. @throws the last failure after `timeoutMs` */
export async function eventually<T>(attempt: () => Promise<T>, timeoutMs = 15_000): Promise<T> {
  const deadlineMs = Date.now() + timeoutMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > deadlineMs) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

export function findLeader(members: readonly MemberProcess[]): Promise<MemberProcess> {
  return eventually(async () => {
    for (const member of members) {
      const leads = await member.metric('etcd_server_is_leader').catch(() => 0);
      if (leads === 1) return member;
    }
    throw new Error('nobody leads');
  });
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
