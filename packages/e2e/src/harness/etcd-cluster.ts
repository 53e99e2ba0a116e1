import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { output } from './command.js';
import { eventually } from './eventually.js';

/** For the tests that need one: the reason to skip them, or false. */
export const etcdMissing = spawnSync('etcd', ['--version']).status === 0 ? false : 'etcd is not installed';

interface EtcdMember {
  readonly name: string;
  readonly address: string;
  process: ChildProcess | undefined;
}

/** A real etcd of three members under mutual TLS, on loopback addresses and in a folder of its own. */
export class EtcdCluster {
  readonly #folder = mkdtempSync(join(tmpdir(), 'flotilla-etcd-'));
  readonly #members: readonly EtcdMember[];

  private constructor() {
    const octet = 230 + Math.floor(Math.random() * 20);
    this.#members = [1, 2, 3].map((n) => ({ name: `etcd-${n}`, address: `127.${octet}.${n}.1`, process: undefined }));
  }

  static async start(): Promise<EtcdCluster> {
    const etcd = new EtcdCluster();
    try {
      await etcd.#makeCertificates();
      await etcd.startAll();
    } catch (error) {
      await etcd.wipe();
      throw error;
    }
    return etcd;
  }

  get endpoints(): readonly string[] {
    return this.#members.map(({ address }) => `https://${address}:2379`);
  }

  /** What a client needs: PEM files. */
  get clientFiles() {
    const file = (name: string) => join(this.#folder, name);
    return { ca: file('ca.crt'), cert: file('client.crt'), key: file('client.key') };
  }

  /** Starts every member that does not run, and waits until all are healthy. */
  async startAll(): Promise<void> {
    for (const member of this.#members) member.process ??= this.#spawn(member);
    await eventually('etcd is healthy', () => this.#etcdctl('endpoint', 'health'));
  }

  /** `kill -9` of the member that leads. */
  async killLeader(): Promise<void> {
    const { endpoints } = this;
    const status = JSON.parse(await this.#etcdctl('endpoint', 'status', '-w', 'json')) as {
      Endpoint: string;
      Status: { header: { member_id: number }; leader: number };
    }[];
    const leading = status.find(({ Status }) => Status.header.member_id === Status.leader);
    const leader = this.#members[endpoints.indexOf(leading?.Endpoint ?? '')];
    if (leader === undefined) throw new Error('etcd has no leader');
    await this.#kill(leader);
  }

  /** `kill -9` of all members. */
  async killAll(): Promise<void> {
    await Promise.all(this.#members.map((member) => this.#kill(member)));
  }

  async wipe(): Promise<void> {
    await this.killAll();
    rmSync(this.#folder, { recursive: true });
  }

  #spawn({ name, address }: EtcdMember): ChildProcess {
    const peer = (member: EtcdMember) => `https://${member.address}:2380`;
    const client = `https://${address}:2379`;
    const files = ['--cert-file', join(this.#folder, 'member.crt'), '--key-file', join(this.#folder, 'member.key')];
    const tls = [...files, '--trusted-ca-file', this.clientFiles.ca, '--client-cert-auth'];
    const own = peer({ name, address, process: undefined });
    return spawn(
      'etcd',
      [
        ...['--name', name, '--data-dir', join(this.#folder, name)],
        ...['--listen-client-urls', client, '--advertise-client-urls', client],
        ...['--listen-peer-urls', own, '--initial-advertise-peer-urls', own],
        ...['--initial-cluster', this.#members.map((member) => `${member.name}=${peer(member)}`).join(',')],
        ...tls,
        ...tls.map((flag) => flag.replace(/^--/, '--peer-')),
      ],
      { stdio: 'ignore' },
    );
  }

  async #kill(member: EtcdMember): Promise<void> {
    const { process } = member;
    if (process === undefined) return;
    member.process = undefined;
    const exited = once(process, 'exit');
    process.kill('SIGKILL');
    await exited;
  }

  #etcdctl(...args: readonly string[]): Promise<string> {
    const { ca, cert, key } = this.clientFiles;
    const flags = ['--endpoints', this.endpoints.join(','), '--cacert', ca, '--cert', cert, '--key', key];
    return output('etcdctl', [...flags, ...args], { env: { ETCDCTL_API: '3' } });
  }

  async #makeCertificates(): Promise<void> {
    const { ca } = this.clientFiles;
    const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    const file = (name: string) => join(this.#folder, name);
    await output('openssl', ['req', '-x509', ...newKey, '-keyout', file('ca.key'), '-out', ca, '-subj', '/CN=etcd-ca']);
    // Members look for each other's source address in the certificate: on loopback that is 127.0.0.1.
    const names = ['127.0.0.1', ...this.#members.map(({ address }) => address)].map((address) => `IP:${address}`).join(',');
    const extensions = { member: `subjectAltName=${names}`, client: 'extendedKeyUsage=clientAuth' };
    for (const [name, extension] of Object.entries(extensions)) {
      const request = file(`${name}.csr`);
      await writeFile(file(`${name}.ext`), `${extension}\n`);
      await output('openssl', [
        'req',
        '-new',
        ...newKey,
        '-keyout',
        file(`${name}.key`),
        '-out',
        request,
        '-subj',
        `/CN=${name}`,
      ]);
      const signer = ['-CA', ca, '-CAkey', file('ca.key'), '-CAcreateserial', '-days', '2', '-extfile', file(`${name}.ext`)];
      await output('openssl', ['x509', '-req', '-in', request, ...signer, '-out', file(`${name}.crt`)]);
    }
  }
}
