import { dirname, resolve } from 'node:path';
import { ConfigError } from '@flotilla/process';
import { type ConfigNode, readConfigDocument, readConfigText } from '../config-document.js';

/** Where a kubeconfig leads, and as whom. */
export interface RemoteServer {
  readonly url: string;
  /** For `tls.connect`. */
  readonly tls: {
    readonly ca?: string;
    readonly cert?: string;
    readonly key?: string;
    readonly servername?: string;
    readonly rejectUnauthorized?: boolean;
  };
  /** The value of the Authorization header. */
  readonly authorization: string | undefined;
}

/**
 * Reads the kubeconfig file by which an API server is told of a webhook; its current context counts.
 * @throws ConfigError
 */
export function readRemoteServer(path: string): RemoteServer {
  const config = readConfigDocument(path, 'Config', ['v1']);
  const context = named(config, 'contexts', config.text('current-context') ?? '')?.node('context');
  if (context === undefined) throw new ConfigError(`${path}: invalid configuration: no configuration has been provided`);
  const cluster = named(config, 'clusters', context.text('cluster') ?? '')?.node('cluster');
  const user = named(config, 'users', context.text('user') ?? '')?.node('user');
  if (cluster === undefined) throw new ConfigError(`${path}: invalid configuration: the current context names no cluster`);
  const folder = dirname(path);
  const members = {
    ca: pemOf(cluster, 'certificate-authority', folder),
    cert: user === undefined ? undefined : pemOf(user, 'client-certificate', folder),
    key: user === undefined ? undefined : pemOf(user, 'client-key', folder),
    servername: cluster.text('tls-server-name'),
    rejectUnauthorized: cluster.flag('insecure-skip-tls-verify') === true ? false : undefined,
  };
  return {
    url: cluster.requiredText('server'),
    tls: Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)),
    authorization: user === undefined ? undefined : authorizationOf(user, folder),
  };
}

function named(config: ConfigNode, list: string, name: string): ConfigNode | undefined {
  return config.nodes(list).find((node) => node.text('name') === name);
}

/** Of the member itself, a path, or of `-data`, base64, which counts for more. */
function pemOf(node: ConfigNode, member: string, folder: string): string | undefined {
  const data = node.text(`${member}-data`);
  if (data !== undefined) return Buffer.from(data, 'base64').toString('utf8');
  const path = node.text(member);
  return path === undefined ? undefined : readConfigText(resolve(folder, path));
}

function authorizationOf(user: ConfigNode, folder: string): string | undefined {
  const path = user.text('tokenFile');
  const token = path === undefined ? user.text('token') : readConfigText(resolve(folder, path)).trim();
  if (token !== undefined) return `Bearer ${token}`;
  const name = user.text('username');
  if (name === undefined) return undefined;
  return `Basic ${Buffer.from(`${name}:${user.text('password') ?? ''}`).toString('base64')}`;
}
