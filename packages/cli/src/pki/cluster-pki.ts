import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Authority, type CertificateRequest, createSigningKey, type KeyPair } from '@flotilla/pki';
import { addressAt, parseCidr } from '../topology/addresses.js';
import { apiUrl, type Cluster } from '../topology/cluster.js';
import { kubeconfig } from './kubeconfig.js';

const authorityDays = 3_650;
const certificateDays = 365;
/** A certificate that ends sooner than this is made anew. */
const renewWithinDays = 30;

/** File names below the certificate folder, without `.crt` and `.key`. */
export const certificateNames = {
  ca: 'ca',
  storeCa: 'store-ca',
  apiserver: (host: string) => `apiserver-${host}`,
  apiserverStoreClient: 'apiserver-store-client',
  apiserverKubeletClient: 'apiserver-kubelet-client',
  store: (host: string) => `store-${host}`,
  storePeer: (host: string) => `store-peer-${host}`,
  storeClient: 'store-client',
  scheduler: (host: string) => `scheduler-${host}`,
  controllerManager: (host: string) => `controller-manager-${host}`,
  kubelet: (host: string) => `kubelet-${host}`,
  healthClient: 'health-client',
} as const;

/** kubeconfig file names below the certificate folder. */
export const kubeconfigNames = {
  admin: 'admin.conf',
  /** The administrator's, for a machine that reaches the API under another URL. */
  adminExternal: 'admin-external.conf',
  scheduler: 'scheduler.conf',
  controllerManager: 'controller-manager.conf',
  kubelet: (host: string) => `kubelet-${host}.conf`,
  proxy: (host: string) => `proxy-${host}.conf`,
} as const;

/**
 * Makes what is missing of a cluster's certificates, keys and kubeconfigs in `folder`, and makes anew what ends
 * soon. What is there and good stays as it is, so that a second run changes nothing.
 * @returns how many files were written
 */
export async function ensureClusterPki(folder: string, cluster: Cluster, nowMs: number): Promise<number> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const writer = new Writer(folder, nowMs);
  const ca = await writer.authority(certificateNames.ca, 'flotilla-ca');
  const storeCa = await writer.authority(certificateNames.storeCa, 'flotilla-store-ca');
  for (const [name, request] of storeCertificates(cluster)) await writer.certificate(storeCa, name, request);
  for (const [name, request] of clusterCertificates(cluster)) await writer.certificate(ca, name, request);
  for (const [name, request] of kubeconfigs(cluster)) await writer.kubeconfig(ca, name, request, apiUrl(cluster));
  if (cluster.adminUrl !== undefined) await writer.kubeconfig(ca, kubeconfigNames.adminExternal, administrator, cluster.adminUrl);
  await writer.signingKey('sa');
  return writer.written;
}

type Named = readonly [name: string, request: CertificateRequest];

function storeCertificates(cluster: Cluster): Named[] {
  const named: Named[] = [
    [certificateNames.apiserverStoreClient, client('kube-apiserver-etcd-client')],
    [certificateNames.storeClient, client('root')],
  ];
  for (const { name, address } of cluster.controlPlanes) {
    const hosts = [name, 'localhost', address, '127.0.0.1'];
    named.push([certificateNames.store(name), both(name, hosts)], [certificateNames.storePeer(name), both(name, hosts)]);
  }
  return named;
}

function clusterCertificates(cluster: Cluster): Named[] {
  const named: Named[] = [
    [certificateNames.apiserverKubeletClient, client('kube-apiserver-kubelet-client', 'system:masters')],
    [certificateNames.healthClient, client('flotilla-health')],
  ];
  const serviceNames = ['kubernetes', 'kubernetes.default', 'kubernetes.default.svc', 'kubernetes.default.svc.cluster.local'];
  const shared = [
    ...serviceNames,
    addressAt(parseCidr(cluster.serviceCidr), 1),
    cluster.apiHost,
    ...cluster.apiHosts,
    'localhost',
    '127.0.0.1',
  ];
  for (const { name, address } of cluster.controlPlanes) {
    named.push(
      [certificateNames.apiserver(name), server('kube-apiserver', [...new Set([...shared, name, address])])],
      [certificateNames.scheduler(name), server(name, [name, address, 'localhost', '127.0.0.1'])],
      [certificateNames.controllerManager(name), server(name, [name, address, 'localhost', '127.0.0.1'])],
    );
  }
  for (const { name, address } of cluster.nodes) {
    named.push([certificateNames.kubelet(name), server(`system:node:${name}`, [name, address])]);
  }
  return named;
}

function kubeconfigs(cluster: Cluster): Named[] {
  return [
    [kubeconfigNames.admin, administrator],
    [kubeconfigNames.scheduler, client('system:kube-scheduler')],
    [kubeconfigNames.controllerManager, client('system:kube-controller-manager')],
    ...cluster.nodes.flatMap(({ name }): Named[] => [
      [kubeconfigNames.kubelet(name), client(`system:node:${name}`, 'system:nodes')],
      [kubeconfigNames.proxy(name), client('system:kube-proxy')],
    ]),
  ];
}

function client(commonName: string, ...organizations: string[]): CertificateRequest {
  return { commonName, organizations, usages: ['client'], validDays: certificateDays };
}

const administrator = client('kubernetes-admin', 'system:masters');

function server(commonName: string, hosts: readonly string[]): CertificateRequest {
  return { commonName, hosts, usages: ['server'], validDays: certificateDays };
}

function both(commonName: string, hosts: readonly string[]): CertificateRequest {
  return { ...server(commonName, hosts), usages: ['server', 'client'] };
}

/** Writes files that are missing or about to end, each whole or not at all. */
class Writer {
  written = 0;
  readonly #folder: string;
  readonly #nowMs: number;

  constructor(folder: string, nowMs: number) {
    this.#folder = folder;
    this.#nowMs = nowMs;
  }

  async authority(name: string, commonName: string): Promise<Authority> {
    const existing = this.#readPair(name);
    if (existing !== undefined) return Authority.load(existing);
    const { authority, pair } = await Authority.create(commonName, authorityDays, this.#nowMs);
    this.#writePair(name, pair);
    return authority;
  }

  async certificate(authority: Authority, name: string, request: CertificateRequest): Promise<void> {
    const existing = this.#readPair(name);
    if (existing !== undefined && (await this.#lasts(authority, existing.cert))) return;
    this.#writePair(name, await authority.issue(request, this.#nowMs));
  }

  async kubeconfig(authority: Authority, name: string, request: CertificateRequest, serverUrl: string): Promise<void> {
    const userName = name.startsWith('admin') ? administrator.commonName : name.replace(/\.conf$/, '');
    const existing = this.#read(name);
    const cert = existing === undefined ? undefined : /client-certificate-data: (\S+)/.exec(existing)?.[1];
    if (existing?.includes(`server: ${serverUrl}\n`) === true && cert !== undefined) {
      if (await this.#lasts(authority, Buffer.from(cert, 'base64').toString())) return;
    }
    const pair = await authority.issue(request, this.#nowMs);
    const caCert = readFileSync(join(this.#folder, `${certificateNames.ca}.crt`), 'utf8');
    this.#write(name, kubeconfig({ serverUrl, userName, caCert, pair }));
  }

  async signingKey(name: string): Promise<void> {
    if (existsSync(join(this.#folder, `${name}.key`)) && existsSync(join(this.#folder, `${name}.pub`))) return;
    const pair = await createSigningKey();
    this.#write(`${name}.key`, pair.privateKey);
    this.#write(`${name}.pub`, pair.publicKey);
  }

  async #lasts(authority: Authority, cert: string): Promise<boolean> {
    const untilMs = await authority.validUntilMs(cert);
    return untilMs !== undefined && untilMs - this.#nowMs > renewWithinDays * 86_400_000;
  }

  #readPair(name: string): KeyPair | undefined {
    const cert = this.#read(`${name}.crt`);
    const key = this.#read(`${name}.key`);
    return cert === undefined || key === undefined ? undefined : { cert, key };
  }

  #read(name: string): string | undefined {
    const path = join(this.#folder, name);
    return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
  }

  #writePair(name: string, pair: KeyPair): void {
    this.#write(`${name}.key`, pair.key);
    this.#write(`${name}.crt`, pair.cert);
  }

  #write(name: string, text: string): void {
    const path = join(this.#folder, name);
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(`${path}.new`, text, { mode: 0o600 });
    renameSync(`${path}.new`, path);
    this.written++;
  }
}
