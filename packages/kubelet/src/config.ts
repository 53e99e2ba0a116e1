import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import type { Taint } from '@flotilla/api';
import { ConfigError, requiredFlag } from '@flotilla/process';
import { defaultAddress } from './node/machine.js';

/** The flags as commander hands them over. */
export interface KubeletFlags {
  readonly kubeconfig?: string;
  readonly hostnameOverride?: string;
  readonly nodeIp?: string;
  readonly address?: string;
  readonly port: number;
  readonly tlsCertFile?: string;
  readonly tlsPrivateKeyFile?: string;
  readonly clientCaFile?: string;
  readonly rootDir: string;
  readonly containerRuntimeEndpoint: string;
  readonly nodeLabels: readonly string[];
  readonly registerWithTaints: readonly string[];
  readonly maxPods: number;
  readonly nodeStatusUpdateFrequency: number;
  readonly imageCatalog?: string;
  readonly podNetwork: string;
}

export interface KubeletConfig {
  readonly kubeconfig: string;
  readonly nodeName: string;
  readonly nodeIp: string;
  readonly address: string;
  readonly port: number;
  readonly tls: { readonly cert: string; readonly key: string; readonly clientCa: string | undefined };
  readonly rootDir: string;
  readonly nodeLabels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
  readonly maxPods: number;
  readonly nodeStatusUpdateMs: number;
  readonly imageCatalog: string | undefined;
  readonly hostRoutes: boolean;
}

/** @throws ConfigError naming the flag */
export function readConfig(flags: KubeletFlags): KubeletConfig {
  if (flags.containerRuntimeEndpoint !== 'process://') {
    throw new ConfigError(`--container-runtime-endpoint: "${flags.containerRuntimeEndpoint}" is not supported, want process://`);
  }
  if (flags.podNetwork !== 'loopback' && flags.podNetwork !== 'host-routes') {
    throw new ConfigError(`--pod-network: want loopback or host-routes, not "${flags.podNetwork}"`);
  }
  const nodeIp = flags.nodeIp ?? defaultAddress();
  if (nodeIp === undefined || isIP(nodeIp) === 0)
    throw new ConfigError(
      `--node-ip: ${nodeIp === undefined ? 'this machine has no address but loopback; give one' : `"${nodeIp}" is not an IP address`}`,
    );
  return {
    kubeconfig: requiredFlag('kubeconfig', flags.kubeconfig),
    nodeName: (flags.hostnameOverride ?? hostname()).toLowerCase(),
    nodeIp,
    address: flags.address ?? nodeIp,
    port: flags.port,
    tls: {
      cert: requiredFlag('tls-cert-file', flags.tlsCertFile),
      key: requiredFlag('tls-private-key-file', flags.tlsPrivateKeyFile),
      clientCa: flags.clientCaFile,
    },
    rootDir: resolve(flags.rootDir),
    nodeLabels: Object.fromEntries(flags.nodeLabels.map(parseLabel)),
    taints: flags.registerWithTaints.map(parseTaint),
    maxPods: flags.maxPods,
    nodeStatusUpdateMs: flags.nodeStatusUpdateFrequency,
    imageCatalog: flags.imageCatalog === undefined ? undefined : resolve(flags.imageCatalog),
    hostRoutes: flags.podNetwork === 'host-routes',
  };
}

/** Where the process runtime keeps its records under a root folder. */
export function processRuntimeDir(rootDir: string): string {
  return join(rootDir, 'runtimes', 'process');
}

/** `key=value:Effect`, `key:Effect`. @throws ConfigError */
export function parseTaint(text: string): Taint {
  const match = /^([^=:]+)(?:=([^:]*))?:(NoSchedule|PreferNoSchedule|NoExecute)$/.exec(text);
  if (match === null)
    throw new ConfigError(
      `--register-with-taints: invalid taint "${text}", want key=value:NoSchedule|PreferNoSchedule|NoExecute`,
    );
  const [, key = '', value, effect = ''] = match;
  return { key, effect, ...(value !== undefined && value !== '' && { value }) };
}

function parseLabel(text: string): [string, string] {
  const at = text.indexOf('=');
  if (at < 1) throw new ConfigError(`--node-labels: invalid label "${text}", want key=value`);
  return [text.slice(0, at), text.slice(at + 1)];
}
