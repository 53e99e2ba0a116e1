import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { ConfigError, errorMessage } from '@flotilla/base';
import { parse } from 'yaml';

/** Where the API servers are and who we are to them. PEM texts, not paths. */
export interface ConnectionConfig {
  /** `https://10.0.0.1:6443`; with several, another one takes over when one fails. */
  readonly servers: readonly string[];
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly token?: string;
  readonly username?: string;
  readonly password?: string;
  /** The name that the servers' certificate must carry, when it differs from the URL's host. */
  readonly serverName?: string;
  readonly insecureSkipTlsVerify?: boolean;
  /** The context's default namespace. */
  readonly namespace?: string;
}

/** The kubeconfig is missing, unreadable or inconsistent; the message is for the operator. */
export class KubeconfigError extends ConfigError {
  override readonly name = 'KubeconfigError';
}

interface Named<K extends string, V> {
  name: string;
  body: V;
  field: K;
}

type Fields = Record<string, unknown>;

/**
 * Reads a kubeconfig file. Relative paths in it are relative to the file.
 * @param options.context another context than `current-context`
 * @throws KubeconfigError
 */
export async function loadKubeconfig(path: string, options: { context?: string } = {}): Promise<ConnectionConfig> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new KubeconfigError(`cannot read kubeconfig: ${errorMessage(error)}`);
  }
  let config: unknown;
  try {
    config = parse(text);
  } catch (error) {
    throw new KubeconfigError(`kubeconfig ${path} is not YAML: ${firstLine(error)}`);
  }
  if (!isFields(config)) throw new KubeconfigError(`${path} is not a kubeconfig`);
  return connectionOf(config, path, options.context);
}

async function connectionOf(config: Fields, path: string, wanted: string | undefined): Promise<ConnectionConfig> {
  const contextName = wanted ?? text(config['current-context']);
  if (contextName === undefined || contextName === '') throw new KubeconfigError(`kubeconfig ${path} has no current-context`);
  const context = entry(config, 'contexts', 'context', contextName, path).body;
  const cluster = entry(config, 'clusters', 'cluster', text(context['cluster']) ?? '', path).body;
  const userName = text(context['user']);
  const user = userName === undefined || userName === '' ? {} : entry(config, 'users', 'user', userName, path).body;
  const server = text(cluster['server']);
  if (server === undefined || server === '')
    throw new KubeconfigError(`kubeconfig ${path}: cluster of context "${contextName}" has no server`);

  const folder = dirname(path);
  const tokenFile = text(user['tokenFile']);
  const token = tokenFile === undefined ? text(user['token']) : (await read(resolve(folder, tokenFile))).trim();
  return defined({
    servers: server.split(',').map((one) => one.trim().replace(/\/+$/, '')),
    ca: await pem(cluster, 'certificate-authority', folder),
    cert: await pem(user, 'client-certificate', folder),
    key: await pem(user, 'client-key', folder),
    token,
    username: text(user['username']),
    password: text(user['password']),
    serverName: text(cluster['tls-server-name']),
    insecureSkipTlsVerify: cluster['insecure-skip-tls-verify'] === true ? true : undefined,
    namespace: text(context['namespace']),
  });
}

function entry<K extends string>(config: Fields, list: string, field: K, name: string, path: string): Named<K, Fields> {
  const entries = config[list];
  const found = Array.isArray(entries) ? entries.find((one) => isFields(one) && one['name'] === name) : undefined;
  const body: unknown = isFields(found) ? found[field] : undefined;
  if (!isFields(body)) throw new KubeconfigError(`kubeconfig ${path}: ${field} "${name}" does not exist`);
  return { name, body, field };
}

/** `<field>-data` (base64) wins over `<field>` (a file), as in Kubernetes. */
async function pem(fields: Fields, field: string, folder: string): Promise<string | undefined> {
  const data = text(fields[`${field}-data`]);
  if (data !== undefined && data !== '') return Buffer.from(data, 'base64').toString('utf8');
  const file = text(fields[field]);
  return file === undefined || file === '' ? undefined : read(resolve(folder, file));
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new KubeconfigError(`kubeconfig names a file that cannot be read: ${errorMessage(error)}`);
  }
}

/** The YAML reader shows the place in further lines; the first one names it. */
function firstLine(error: unknown): string {
  return errorMessage(error).replace(/:?\n.*$/s, '');
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function defined(fields: { [K in keyof ConnectionConfig]: ConnectionConfig[K] | undefined }): ConnectionConfig {
  const kept = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
  return kept as unknown as ConnectionConfig; // the same fields, only the undefined ones left out
}
