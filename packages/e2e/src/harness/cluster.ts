import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Clock, type Random, silentLogger } from '@flotilla/base';
import { ApiClient, loadKubeconfig } from '@flotilla/client';
import { type CommandOptions, type CommandResult, output, run } from './command.js';
import { eventually } from './eventually.js';
import { kubectlBinaries } from './kubectl.js';

/** The executable under test, as users run it. */
export const flotilla = fileURLToPath(new URL('../../../../scripts/flotilla', import.meta.url));
export const checkout = fileURLToPath(new URL('../../../..', import.meta.url));

/** A line of `flotilla status -o json`. */
export interface ProcessStatus {
  readonly name: string;
  readonly component: string;
  readonly role: string;
  readonly pid: number;
  readonly healthy: boolean;
  readonly restarts: number;
  readonly rssBytes: number;
  readonly address: string;
}

export interface ClusterOptions {
  readonly nodes?: number;
  readonly controlPlanes?: number;
  readonly bare?: boolean;
  /** `controller-manager:--node-monitor-grace-period=6s` */
  readonly componentArgs?: readonly string[];
  /** Further flags of `up`. */
  readonly upArgs?: readonly string[];
}

const clock: Clock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  after(delayMs, fn) {
    const timer = setTimeout(fn, delayMs);
    return () => clearTimeout(timer);
  },
};
const random: Random = { next: () => Math.random() };

/** Ranges of a test's own: a cluster that somebody runs on the same machine is not disturbed. */
interface Ranges {
  readonly octet: number;
  readonly apiPort: number;
}

/** A real cluster of real processes, in a folder and on loopback addresses of its own. */
export class TestCluster {
  readonly stateDir: string;
  readonly kubeconfig: string;
  readonly apiUrl: string;
  /** What `up` printed. */
  readonly upOutput: string;
  readonly #ranges: Ranges;
  readonly #options: ClusterOptions;
  readonly #clients: ApiClient[] = [];
  #credentials: Promise<readonly string[]> | undefined;

  private constructor(stateDir: string, ranges: Ranges, options: ClusterOptions, upOutput: string) {
    this.stateDir = stateDir;
    this.kubeconfig = join(stateDir, 'kubeconfig');
    this.apiUrl = `https://127.0.0.1:${ranges.apiPort}`;
    this.upOutput = upOutput;
    this.#ranges = ranges;
    this.#options = options;
  }

  static async start(options: ClusterOptions = {}): Promise<TestCluster> {
    const stateDir = await mkdtemp(join(tmpdir(), 'flotilla-e2e-'));
    const octet = 100 + Math.floor(Math.random() * 40) * 3;
    const ranges = { octet, apiPort: 16_000 + octet };
    const { code, stdout, stderr } = await run(flotilla, upArgs(stateDir, ranges, options), { timeoutMs: 150_000 });
    const cluster = new TestCluster(stateDir, ranges, options, stdout);
    if (code !== 0) {
      const logs = cluster.logTails();
      await cluster.wipe();
      throw new Error(`up exited with ${code}\n${stdout}${stderr}\n${logs}`);
    }
    return cluster;
  }

  /** `up` on the same folder with the same flags, as after a crash or a reboot. */
  up(extra: readonly string[] = []): Promise<CommandResult> {
    return run(flotilla, [...upArgs(this.stateDir, this.#ranges, this.#options), ...extra], { timeoutMs: 150_000 });
  }

  /** The address of node n (from 1). */
  nodeAddress(n: number): string {
    return `127.${this.#ranges.octet}.${n}.1`;
  }

  flotilla(verb: string, ...args: readonly string[]): Promise<CommandResult> {
    return run(flotilla, [verb, '--state-dir', this.stateDir, ...args]);
  }

  async processes(): Promise<readonly ProcessStatus[]> {
    const { stdout, stderr } = await this.flotilla('status', '-o', 'json');
    if (stdout === '') throw new Error(stderr);
    return (JSON.parse(stdout) as { processes: ProcessStatus[] }).processes;
  }

  async process(match: (process: ProcessStatus) => boolean): Promise<ProcessStatus> {
    const found = (await this.processes()).find(match);
    if (found === undefined) throw new Error('no process matches');
    return found;
  }

  /** The one that leads; waits while there is none. */
  leader(component: string): Promise<ProcessStatus> {
    return eventually(`${component} has a leader`, () => this.process((p) => p.component === component && p.role === 'leader'));
  }

  allHealthy(): Promise<void> {
    return eventually('every process is healthy', async () => {
      const sick = (await this.processes()).filter(({ healthy }) => !healthy);
      if (sick.length > 0) throw new Error(sick.map(({ name }) => name).join(', '));
    });
  }

  /** A process of the given program version that must succeed. @returns standard output */
  kubectl(args: readonly string[], options: CommandOptions & { readonly binary?: string } = {}): Promise<string> {
    const binary = options.binary ?? kubectlBinaries().at(-1)!.path;
    return output(binary, args, { ...options, env: { KUBECONFIG: this.kubeconfig, ...options.env } });
  }

  /** The environment that `eval "$(flotilla env)"` sets. */
  async environment(): Promise<Record<string, string>> {
    const { stdout } = await this.flotilla('env');
    return Object.fromEntries([...stdout.matchAll(/^export (\w+)=(.*)$/gm)].map(([, name, value]) => [name!, value!]));
  }

  /** Of the load balancer's API, as administrator; closed with the cluster. */
  async client(): Promise<ApiClient> {
    const client = new ApiClient({ connection: await loadKubeconfig(this.kubeconfig), clock, random, log: silentLogger });
    this.#clients.push(client);
    return client;
  }

  /** `curl` with the administrator's certificate. @returns code and body */
  async curl(path: string, ...args: readonly string[]): Promise<{ readonly code: number; readonly body: string }> {
    const pki = await this.curlCredentials();
    const text = await output('curl', ['-sS', ...pki, '-w', '\n%{http_code}', ...args, `${this.apiUrl}${path}`]);
    const cut = text.lastIndexOf('\n');
    return { code: Number(text.slice(cut + 1)), body: text.slice(0, cut) };
  }

  /** Flags that make curl trust the cluster and be its administrator. The files are written once: a curl may be reading them. */
  curlCredentials(): Promise<readonly string[]> {
    this.#credentials ??= this.#writeCredentials();
    return this.#credentials;
  }

  async #writeCredentials(): Promise<readonly string[]> {
    const config = readFileSync(this.kubeconfig, 'utf8');
    const flags: string[] = [];
    for (const [flag, field] of [
      ['--cacert', 'certificate-authority-data'],
      ['--cert', 'client-certificate-data'],
      ['--key', 'client-key-data'],
    ] as const) {
      const file = join(this.stateDir, `curl-${field}`);
      await writeFile(file, Buffer.from(new RegExp(`${field}: (\\S+)`).exec(config)?.[1] ?? '', 'base64'), { mode: 0o600 });
      flags.push(flag, file);
    }
    return flags;
  }

  /** The ends of all log files, for a failure's message. */
  logTails(lines = 5): string {
    const folder = join(this.stateDir, 'logs');
    try {
      return readdirSync(folder)
        .map((file) => `--- ${file}\n${readFileSync(join(folder, file), 'utf8').trimEnd().split('\n').slice(-lines).join('\n')}`)
        .join('\n');
    } catch {
      return '(no logs)';
    }
  }

  /** Stops everything and deletes the folder. */
  async wipe(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()));
    const { code, stderr } = await this.flotilla('down', '--wipe');
    if (code !== 0) {
      rmSync(this.stateDir, { recursive: true, force: true });
      throw new Error(`down exited with ${code}: ${stderr}`);
    }
  }
}

function upArgs(stateDir: string, { octet, apiPort }: Ranges, options: ClusterOptions): string[] {
  return [
    'up',
    `--state-dir=${stateDir}`,
    `--nodes=${options.nodes ?? 3}`,
    `--control-planes=${options.controlPlanes ?? 3}`,
    `--api-port=${apiPort}`,
    `--stats-port=${apiPort + 1_000}`,
    `--cluster-cidr=127.${octet}.0.0/16`,
    `--control-plane-cidr=127.${octet + 1}.0.0/16`,
    `--service-cluster-ip-range=127.${octet + 2}.0.0/16`,
    ...(options.bare === true ? ['--bare'] : []),
    ...(options.upArgs ?? []),
    ...(options.componentArgs ?? []).map((arg) => `--component-arg=${arg}`),
  ];
}
