import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { defined } from '@flotilla/base';
import { TestAuthority, type TestPair } from '@flotilla/process/testing';
import { checkout } from '../../harness/cluster.js';
import { StoreCluster } from '../../harness/store-cluster.js';
import { open } from './generate-load.js';
import type { Target } from './specs.js';

const address = '127.0.0.1';
const startTimeoutMs = 60_000;
const retryMs = 20;

/** One API server on three store members, as processes of their own. */
export class ServerUnderTest {
  readonly #store: StoreCluster;
  readonly #port: number;
  readonly #authority = new TestAuthority();
  readonly #server: TestPair;
  readonly #admin: TestPair;
  #child: ChildProcess | undefined;

  private constructor(store: StoreCluster) {
    this.#store = store;
    this.#port = 20_000 + Math.floor(Math.random() * 10_000);
    this.#server = this.#authority.issue({ commonName: 'kube-apiserver', hosts: [address] });
    this.#admin = this.#authority.issue({ commonName: 'admin', organizations: ['system:masters'] });
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
    writeFileSync(this.#keyFile, privateKey.export({ type: 'pkcs8', format: 'pem' }));
    process.once('exit', () => this.#child?.kill('SIGKILL'));
  }

  static async start(): Promise<ServerUnderTest> {
    const server = new ServerUnderTest(await StoreCluster.start());
    await server.start();
    return server;
  }

  get target(): Target {
    const { cert, key } = this.#admin;
    const pids = this.#child?.pid === undefined ? [] : [this.#child.pid];
    return { host: address, port: this.#port, ca: this.#authority.pair.cert, cert, key, pids };
  }

  /** @returns milliseconds from the start of the process until it says that it is ready */
  async start(): Promise<number> {
    const beganMs = performance.now();
    const log = openSync(this.#logFile, 'a');
    this.#child = spawn(process.execPath, [join(checkout, 'packages/cli/bundle/main.js'), 'apiserver', ...this.#flags()], {
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    while (!(await this.#ready())) {
      if (performance.now() - beganMs > startTimeoutMs || this.#child.exitCode !== null) throw new Error(this.#logTail());
      await new Promise((resolve) => setTimeout(resolve, retryMs));
    }
    return performance.now() - beganMs;
  }

  async stop(): Promise<void> {
    const child = defined(this.#child, 'it was started');
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    await exited;
  }

  async wipe(): Promise<void> {
    this.#child?.kill('SIGKILL');
    await this.#store.wipe();
  }

  async #ready(): Promise<boolean> {
    try {
      const connection = await open(this.target);
      const { status } = await connection.request({ method: 'GET', path: '/readyz' });
      connection.close();
      return status === 200;
    } catch {
      return false; // it does not listen yet
    }
  }

  get #keyFile(): string {
    return join(this.#store.folder, 'service-account.key');
  }

  get #logFile(): string {
    return join(this.#store.folder, 'apiserver.log');
  }

  #logTail(): string {
    return `the API server did not become ready:\n${readFileSync(this.#logFile, 'utf8').slice(-2_000)}`;
  }

  #flags(): readonly string[] {
    return [
      ...[`--bind-address=${address}`, `--secure-port=${this.#port}`, `--etcd-servers=${this.#store.endpoints.join(',')}`],
      ...[`--client-ca-file=${this.#authority.pair.certFile}`, '--log-level=warn'],
      ...[`--tls-cert-file=${this.#server.certFile}`, `--tls-private-key-file=${this.#server.keyFile}`],
      ...[`--service-account-signing-key-file=${this.#keyFile}`, `--service-account-key-file=${this.#keyFile}`],
    ];
  }
}
