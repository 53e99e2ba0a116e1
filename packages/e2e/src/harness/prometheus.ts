import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { checkout } from './cluster.js';
import { Discovery } from './discovery.js';

const configFile = join(checkout, 'packages/examples/prometheus/prometheus.yml');

/** What the example's configuration leaves to the reader. */
interface PrometheusOptions {
  readonly apiUrl: string;
  readonly statsAddress: string;
  /** The contents of the files that stand beside the configuration. */
  readonly files: Readonly<Record<'ca.crt' | 'token' | 'client.crt' | 'client.key', string>>;
}

/** As much of the configuration as is changed for a test. */
interface Config {
  readonly scrape_configs: readonly { readonly kubernetes_sd_configs?: readonly { readonly role: string }[] }[];
}

interface Target {
  readonly labels: Readonly<Record<string, string>>;
  readonly health: 'up' | 'down' | 'unknown';
  readonly scrapeUrl: string;
  readonly lastError: string;
}

/**
 * Debian's Prometheus on the configuration of the examples; only discovery is done for it. In a folder and on a loopback address of its own.
 */
export class Prometheus {
  readonly #folder: string;
  readonly #process: ChildProcess;
  readonly #url: string;
  #log = '';

  private constructor(folder: string, address: string) {
    this.#folder = folder;
    this.#url = `http://${address}`;
    const flags = [`--config.file=${join(folder, 'prometheus.yml')}`, `--storage.tsdb.path=${join(folder, 'data')}`];
    this.#process = spawn('prometheus', [...flags, `--web.listen-address=${address}`], { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#log += text;
    });
  }

  static async start({ apiUrl, statsAddress, files }: PrometheusOptions): Promise<Prometheus> {
    const folder = await mkdtemp(join(tmpdir(), 'flotilla-prometheus-'));
    const write = (name: string, text: string) => writeFile(join(folder, name), text, { mode: 0o600 });
    await Promise.all(Object.entries(files).map(([name, text]) => write(name, text)));
    const example = parse(readFileSync(configFile, 'utf8').replaceAll('127.0.0.1:8404', statsAddress)) as Config;
    const discovery = new Discovery(apiUrl, join(folder, 'ca.crt'), files.token);
    const jobs = example.scrape_configs.map(async ({ kubernetes_sd_configs: [found] = [], ...job }) => {
      if (found === undefined) return job;
      await write(`${found.role}.json`, JSON.stringify(await discovery.find(found.role)));
      return { ...job, file_sd_configs: [{ files: [`${found.role}.json`] }] };
    });
    const config = { global: { scrape_interval: '1s' }, scrape_configs: await Promise.all(jobs) };
    await write('prometheus.yml', JSON.stringify(config)); // which is YAML
    return new Prometheus(folder, `127.${230 + Math.floor(Math.random() * 20)}.9.1:9090`);
  }

  /** What it has discovered and kept, each with how the last scrape went. */
  async targets(): Promise<readonly Target[]> {
    const data = (await this.#get('/api/v1/targets?state=active')) as { readonly activeTargets: readonly Target[] };
    return data.activeTargets;
  }

  /** The values of an expression now, with their labels. */
  async query(
    expression: string,
  ): Promise<readonly { readonly metric: Readonly<Record<string, string>>; readonly value: number }[]> {
    const data = (await this.#get(`/api/v1/query?query=${encodeURIComponent(expression)}`)) as {
      readonly result: readonly { readonly metric: Record<string, string>; readonly value: readonly [number, string] }[];
    };
    return data.result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
  }

  async #get(path: string): Promise<unknown> {
    if (this.#process.exitCode !== null) throw new Error(`prometheus has ended: ${this.#log}`);
    const response = await fetch(this.#url + path);
    const { status, data, error } = (await response.json()) as { status: string; data: unknown; error?: string };
    if (status !== 'success') throw new Error(error);
    return data;
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode === null) {
      const ended = once(this.#process, 'exit');
      this.#process.kill();
      await ended;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
