import { join } from 'node:path';
import { certificateNames, kubeconfigNames } from '../pki/cluster-pki.js';
import type { Cluster, ExternalStore, Host } from './cluster.js';
import type { Plan, ProcessSpec, StatePaths } from './process-spec.js';

const storeClientPort = 2379;
const storePeerPort = 2380;
const storeMetricsPort = 2381;
const apiserverPort = 6443;
/** The host that the load balancer runs on, where hosts have names. */
const loadbalancerHost = 'loadbalancer';

/**
 * Heartbeats are most of what an idle cluster costs a laptop. Fewer of them delay no failover here: a member that dies
 * breaks its connections, and that is seen at once.
 */
const quietElection = ['--heartbeat-interval=250', '--election-timeout=1250'] as const;

const cert = (paths: Pick<StatePaths, 'pki'>, name: string) => join(paths.pki, `${name}.crt`);
const key = (paths: Pick<StatePaths, 'pki'>, name: string) => join(paths.pki, `${name}.key`);

export function store({ cluster, paths, podNetwork }: Plan, host: Host, index: number): ProcessSpec {
  const name = `store-${index + 1}`;
  const clientUrl = `https://${host.address}:${storeClientPort}`;
  const peerUrl = `https://${host.address}:${storePeerPort}`;
  const metricsUrl = `http://${host.address}:${storeMetricsPort}`;
  const members = cluster.controlPlanes.map((member, i) => `store-${i + 1}=https://${member.address}:${storePeerPort}`);
  const certName = certificateNames.store(host.name);
  const peerName = certificateNames.storePeer(host.name);
  const args = [
    `--name=${name}`,
    `--data-dir=${join(paths.data, name)}`,
    `--listen-client-urls=${clientUrl}`,
    `--advertise-client-urls=${clientUrl}`,
    `--listen-peer-urls=${peerUrl}`,
    `--initial-advertise-peer-urls=${peerUrl}`,
    `--initial-cluster=${members.join(',')}`,
    `--initial-cluster-token=${cluster.name}`,
    `--listen-metrics-urls=${metricsUrl}`,
    `--cert-file=${cert(paths, certName)}`,
    `--key-file=${key(paths, certName)}`,
    `--trusted-ca-file=${cert(paths, certificateNames.storeCa)}`,
    '--client-cert-auth=true',
    `--peer-cert-file=${cert(paths, peerName)}`,
    `--peer-key-file=${key(paths, peerName)}`,
    `--peer-trusted-ca-file=${cert(paths, certificateNames.storeCa)}`,
    '--peer-client-cert-auth=true',
    ...(podNetwork === 'loopback' ? quietElection : []),
  ];
  const address = `${host.address}:${storeClientPort}`;
  return { name, component: 'store', host: host.name, args, address, health: { url: metricsUrl, path: '/health' }, stage: 0 };
}

/** Where the store of the cluster is, and with which certificate a client of it comes. */
export function storeOf(cluster: Cluster, paths: Pick<StatePaths, 'pki'>, certificateName: string): ExternalStore {
  return (
    cluster.externalStore ?? {
      endpoints: cluster.controlPlanes.map((member) => `https://${member.address}:${storeClientPort}`),
      caFile: cert(paths, certificateNames.storeCa),
      certFile: cert(paths, certificateName),
      keyFile: key(paths, certificateName),
    }
  );
}

function storeArgs({ endpoints, caFile, certFile, keyFile }: ExternalStore): string[] {
  const flags = {
    'etcd-servers': endpoints.join(','),
    'etcd-cafile': caFile,
    'etcd-certfile': certFile,
    'etcd-keyfile': keyFile,
  };
  return Object.entries(flags).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}=${value}`]));
}

export function apiserver({ cluster, paths }: Plan, host: Host, index: number): ProcessSpec {
  const certName = certificateNames.apiserver(host.name);
  const args = [
    `--bind-address=${host.address}`,
    `--advertise-address=${host.address}`,
    `--secure-port=${apiserverPort}`,
    ...storeArgs(storeOf(cluster, paths, certificateNames.apiserverStoreClient)),
    `--client-ca-file=${cert(paths, certificateNames.ca)}`,
    `--tls-cert-file=${cert(paths, certName)}`,
    `--tls-private-key-file=${key(paths, certName)}`,
    `--service-account-key-file=${join(paths.pki, 'sa.pub')}`,
    `--service-account-signing-key-file=${join(paths.pki, 'sa.key')}`,
    '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
    `--service-cluster-ip-range=${cluster.serviceCidr}`,
    `--kubelet-client-certificate=${cert(paths, certificateNames.apiserverKubeletClient)}`,
    `--kubelet-client-key=${key(paths, certificateNames.apiserverKubeletClient)}`,
    `--kubelet-certificate-authority=${cert(paths, certificateNames.ca)}`,
  ];
  const address = `${host.address}:${apiserverPort}`;
  return {
    name: `apiserver-${index + 1}`,
    component: 'apiserver',
    host: host.name,
    args,
    address,
    health: { url: `https://${address}`, path: '/readyz' },
    stage: 1,
  };
}

export function loadbalancer({ cluster, paths, statsAddress }: Plan): ProcessSpec {
  const args = [
    `--bind-address=${cluster.apiHost}`,
    `--port=${cluster.apiPort}`,
    `--backends=${cluster.controlPlanes.map((host) => `${host.address}:${apiserverPort}`).join(',')}`,
    `--health-check-ca=${cert(paths, certificateNames.ca)}`,
    `--stats-address=${statsAddress}`,
  ];
  const address = `${cluster.apiHost}:${cluster.apiPort}`;
  return {
    name: 'loadbalancer',
    component: 'loadbalancer',
    host: loadbalancerHost,
    args,
    address,
    health: { url: `http://${statsAddress}`, path: '/readyz' },
    stage: 1,
  };
}

function electedArgs(paths: StatePaths, host: Host, port: number, certName: string, kubeconfigName: string): string[] {
  return [
    `--kubeconfig=${join(paths.pki, kubeconfigName)}`,
    `--bind-address=${host.address}`,
    `--secure-port=${port}`,
    `--tls-cert-file=${cert(paths, certName)}`,
    `--tls-private-key-file=${key(paths, certName)}`,
    `--client-ca-file=${cert(paths, certificateNames.ca)}`,
    '--leader-elect=true',
  ];
}

export function scheduler({ paths }: Plan, host: Host, index: number): ProcessSpec {
  const port = 10_259;
  const args = electedArgs(paths, host, port, certificateNames.scheduler(host.name), kubeconfigNames.scheduler);
  const address = `${host.address}:${port}`;
  return {
    name: `scheduler-${index + 1}`,
    component: 'scheduler',
    host: host.name,
    args,
    address,
    health: { url: `https://${address}`, path: '/healthz' },
    stage: 2,
  };
}

export function controllerManager({ cluster, paths }: Plan, host: Host, index: number): ProcessSpec {
  const port = 10_257;
  const args = [
    ...electedArgs(paths, host, port, certificateNames.controllerManager(host.name), kubeconfigNames.controllerManager),
    '--allocate-node-cidrs=true',
    `--cluster-cidr=${cluster.clusterCidr}`,
    '--node-cidr-mask-size=24',
    `--root-ca-file=${cert(paths, certificateNames.ca)}`,
    `--cluster-signing-cert-file=${cert(paths, certificateNames.ca)}`,
    `--cluster-signing-key-file=${key(paths, certificateNames.ca)}`,
    `--service-account-private-key-file=${join(paths.pki, 'sa.key')}`,
  ];
  const name = `controller-manager-${index + 1}`;
  const address = `${host.address}:${port}`;
  return {
    name,
    component: 'controller-manager',
    host: host.name,
    args,
    address,
    health: { url: `https://${address}`, path: '/healthz' },
    stage: 2,
  };
}

export function kubelet({ paths, podNetwork }: Plan, host: Host, index: number): ProcessSpec {
  const port = 10_250;
  const name = `kubelet-${index + 1}`;
  const podsRootDir = join(paths.data, name);
  const certName = certificateNames.kubelet(host.name);
  const args = [
    `--kubeconfig=${join(paths.pki, kubeconfigNames.kubelet(host.name))}`,
    `--hostname-override=${host.name}`,
    `--node-ip=${host.address}`,
    `--address=${host.address}`,
    `--port=${port}`,
    `--tls-cert-file=${cert(paths, certName)}`,
    `--tls-private-key-file=${key(paths, certName)}`,
    `--client-ca-file=${cert(paths, certificateNames.ca)}`,
    `--root-dir=${podsRootDir}`,
    `--pod-network=${podNetwork}`,
  ];
  const address = `${host.address}:${port}`;
  return {
    name,
    component: 'kubelet',
    host: host.name,
    args,
    address,
    health: { url: `https://${address}`, path: '/healthz' },
    stage: 2,
    podsRootDir,
  };
}

export function proxy({ cluster, paths }: Plan, host: Host, index: number): ProcessSpec {
  const port = 10_256;
  const args = [
    `--kubeconfig=${join(paths.pki, kubeconfigNames.proxy(host.name))}`,
    `--hostname-override=${host.name}`,
    `--bind-address=${host.address}`,
    `--healthz-port=${port}`,
    '--proxy-mode=userspace',
    `--cluster-cidr=${cluster.clusterCidr}`,
    `--service-cluster-ip-range=${cluster.serviceCidr}`,
    `--nodeport-addresses=${host.address}/32`,
  ];
  const address = `${host.address}:${port}`;
  return {
    name: `proxy-${index + 1}`,
    component: 'proxy',
    host: host.name,
    args,
    address,
    health: { url: `http://${address}`, path: '/healthz' },
    stage: 2,
  };
}
