import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TestAuthority, type TestPair } from '@flotilla/process/testing';
import { Agent, request } from 'undici';
import { checkout } from './cluster.js';
import { eventually } from './eventually.js';
import { PeerNetwork } from './peer-network.js';

/** Ours, and the one that it is held against. Both take the same flags. */
export type StoreProgram = 'flotilla' | 'etcd';

const etcdBinary = '/usr/bin/etcd';

export function etcdInstalled(): boolean {
  return existsSync(etcdBinary);
}

export interface StoreClusterOptions {
  readonly program?: StoreProgram;
  /** TLS on client and peer ports, with certificates that both sides ask for. */
  readonly tls?: boolean;
  readonly flags?: readonly string[];
  /** Of the members' processes, beside this process's own. */
  readonly env?: Readonly<Record<string, string>>;
  /** Members reach each other through a network that can be cut; not with `tls`. */
  readonly cuttable?: boolean;
}

/** Three members as processes of their own, on loopback addresses and in a folder of their own. */
export class StoreCluster {
  readonly program: StoreProgram;
  readonly members: readonly StoreMember[];
  readonly folder: string;
  readonly tls: TestPair | undefined;
  /** What the certificate, of clients and servers alike, is signed by. */
  readonly ca: string | undefined;
  readonly caFile: string | undefined;
  /** With `cuttable`. */
  readonly network: PeerNetwork | undefined;
  readonly #agent: Agent;

  private constructor({ program = 'flotilla', tls = false, flags = [], env = {}, cuttable = false }: StoreClusterOptions) {
    this.program = program;
    this.folder = mkdtempSync(join(tmpdir(), `flotilla-${program}-`));
    const net = `127.${40 + Math.floor(Math.random() * 50)}.${Math.floor(Math.random() * 256)}`;
    const addresses = [1, 2, 3].map((host) => `${net}.${host}`);
    const authority = tls ? new TestAuthority() : undefined;
    // Peers' connections come from 127.0.0.1, and etcd asks that a certificate names where they come from.
    this.tls = authority?.issue({ commonName: 'member', hosts: ['127.0.0.1', ...addresses] });
    this.ca = authority?.pair.cert;
    this.caFile = authority?.pair.certFile;
    const { tls: pair, ca } = this;
    this.#agent = new Agent(pair === undefined ? {} : { connect: { ca: ca ?? '', cert: pair.cert, key: pair.key } });
    const scheme = tls ? 'https' : 'http';
    if (cuttable) this.network = new PeerNetwork(addresses.map((to, i) => ({ name: `n${i + 1}`, at: `${net}.${i + 11}`, to })));
    const peerAddress = (i: number) => `${scheme}://${cuttable ? `${net}.${i + 11}` : addresses[i]}:2380`;
    const initialCluster = addresses.map((_, i) => `n${i + 1}=${peerAddress(i)}`).join(',');
    const shared = [`--initial-cluster=${initialCluster}`, ...tlsFlags(this.tls, this.caFile), ...flags];
    this.members = addresses.map((address, i) => {
      const peer = `${scheme}://${address}:2380`;
      const urls = { client: `${scheme}://${address}:2379`, peer, advertisedPeer: peerAddress(i) };
      const { folder } = this;
      return new StoreMember({ program, name: `n${i + 1}`, urls, folder, flags: shared, env, agent: this.#agent });
    });
  }

  /** Starts all members and waits until each is healthy, which takes a leader. */
  static async start(options: StoreClusterOptions = {}): Promise<StoreCluster> {
    const cluster = new StoreCluster(options);
    process.once('exit', cluster.#abandon);
    try {
      await cluster.network?.listen();
      for (const member of cluster.members) member.start();
      await cluster.healthy();
      await cluster.#nameMembers();
    } catch (error) {
      await cluster.wipe();
      throw error;
    }
    return cluster;
  }

  get endpoints(): readonly string[] {
    return this.members.map(({ clientUrl }) => clientUrl);
  }

  get pids(): readonly number[] {
    return this.members.flatMap(({ pid }) => pid ?? []);
  }

  async healthy(): Promise<void> {
    for (const member of this.members) await eventually(`${member.name} is healthy`, () => member.healthy());
  }

  /** The member that leads; waits while there is none. */
  leader(): Promise<StoreMember> {
    return eventually('there is a leader', async () => {
      for (const member of this.members) if (await member.leads().catch(() => false)) return member;
      throw new Error('no member says that it leads');
    });
  }

  /** The network tells members apart by the ids that they have given themselves. */
  async #nameMembers(): Promise<void> {
    if (this.network === undefined) return;
    const { members } = await this.members[0]!.call('/v3/cluster/member/list', {});
    for (const { ID, name } of members as { ID: string; name: string }[]) {
      this.network.name(BigInt(ID).toString(16), name); // etcd's MemberListResponse
    }
  }

  /** Kills what runs and deletes the folder. */
  async wipe(): Promise<void> {
    process.off('exit', this.#abandon);
    await this.network?.close();
    await Promise.all(this.members.map((member) => member.kill()));
    await this.#agent.destroy();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** This process ends early: nothing is to stay behind. */
  readonly #abandon = (): void => {
    for (const pid of this.pids) process.kill(pid, 'SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  };
}

interface StoreMemberOptions {
  readonly program: StoreProgram;
  readonly name: string;
  readonly urls: { readonly client: string; readonly peer: string; readonly advertisedPeer: string };
  readonly folder: string;
  readonly flags: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly agent: Agent;
}

export class StoreMember {
  readonly name: string;
  readonly clientUrl: string;
  readonly #options: StoreMemberOptions;
  #child: ChildProcess | undefined;

  constructor(options: StoreMemberOptions) {
    this.name = options.name;
    this.clientUrl = options.urls.client;
    this.#options = options;
  }

  /** Of the process, while it runs. */
  get pid(): number | undefined {
    return this.#running?.pid;
  }

  get #running(): ChildProcess | undefined {
    const child = this.#child;
    return child === undefined || child.exitCode !== null || child.signalCode !== null ? undefined : child;
  }

  /** Also again, after a kill: on the data that is there. */
  start(): void {
    const { program, env } = this.#options;
    const log = openSync(this.#logFile, 'a');
    const [command, args] =
      program === 'etcd'
        ? [etcdBinary, ['--logger=zap', '--log-level=warn']]
        : [process.execPath, [join(checkout, 'packages/cli/bundle/main.js'), 'store', '--log-level=warn']];
    this.#child = spawn(command, [...args, ...this.#flags()], {
      stdio: ['ignore', log, log],
      env: { ...process.env, ...env },
      cwd: this.#options.folder,
    });
    closeSync(log);
  }

  /** Sends a signal that does not end the process. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child?.kill(signal);
  }

  /** Ends the process, unless it has ended, and waits until it is gone. */
  async kill(signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<void> {
    const child = this.#running;
    if (child === undefined) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  }

  /** A call of etcd's JSON gateway. @throws Error with what was answered when it is no success */
  async call(path: string, body: object, timeoutMs = 5_000): Promise<Record<string, unknown>> {
    const text = await this.#request(path, 'POST', timeoutMs, JSON.stringify(body));
    return JSON.parse(text) as Record<string, unknown>; // the gateway answers with objects
  }

  /** @throws Error unless it says that it is healthy, for which it needs a leader */
  async healthy(): Promise<void> {
    const text = await this.#request('/health', 'GET', 2_000);
    if (!text.includes('"true"')) throw new Error(text);
  }

  async leads(): Promise<boolean> {
    const status = await this.call('/v3/maintenance/status', {}, 1_000);
    const { header, leader } = status as { header?: { member_id?: string }; leader?: string };
    return leader !== undefined && leader !== '0' && leader === header?.member_id;
  }

  /** The last lines of what it wrote, for a failure's message. */
  logTail(lines = 10): string {
    return readFileSync(this.#logFile, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
  }

  get #logFile(): string {
    return join(this.#options.folder, `${this.name}.log`);
  }

  async #request(path: string, method: 'GET' | 'POST', timeoutMs: number, body?: string): Promise<string> {
    const response = await request(`${this.clientUrl}${path}`, {
      method,
      dispatcher: this.#options.agent,
      signal: AbortSignal.timeout(timeoutMs),
      ...(body === undefined ? {} : { body, headers: { 'content-type': 'application/json' } }),
    });
    const text = await response.body.text();
    if (response.statusCode !== 200) throw new Error(text);
    return text;
  }

  #flags(): readonly string[] {
    const { name, urls, folder, flags } = this.#options;
    return [
      ...[`--name=${name}`, `--data-dir=${join(folder, name)}`],
      ...[`--listen-client-urls=${urls.client}`, `--advertise-client-urls=${urls.client}`],
      ...[`--listen-peer-urls=${urls.peer}`, `--initial-advertise-peer-urls=${urls.advertisedPeer}`],
      ...flags,
    ];
  }
}

function tlsFlags(pair: TestPair | undefined, caFile: string | undefined): readonly string[] {
  if (pair === undefined || caFile === undefined) return [];
  const { certFile, keyFile } = pair;
  return ['', 'peer-'].flatMap((side) => [
    ...[`--${side}cert-file=${certFile}`, `--${side}key-file=${keyFile}`],
    ...[`--${side}trusted-ca-file=${caFile}`, `--${side}client-cert-auth`],
  ]);
}
