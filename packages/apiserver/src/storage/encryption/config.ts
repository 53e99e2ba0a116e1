import { type ConfigNode, readConfigDocument } from '../../config-document.js';
import { aesCbc, aesGcm, secretbox } from './ciphers.js';
import { type Provider, type ProviderKey, type Transformer, transformerOf } from './transformer.js';

/** What is encrypted, and how: the first entry that names a resource decides. */
export interface EncryptionConfig {
  /** @returns undefined: it is stored as it is */
  transformerFor(group: string, resource: string): Transformer | undefined;
}

interface Entry {
  /** `secrets`, `deployments.apps`, `*.apps`, `*.` (the core group), `*.*`. */
  readonly resources: readonly string[];
  readonly transformer: Transformer;
}

const versions = ['apiserver.config.k8s.io/v1'];

/** Reads `--encryption-provider-config`. Providers of a key management service are refused. @throws ConfigError */
export function readEncryptionConfig(path: string): EncryptionConfig {
  const document = readConfigDocument(path, 'EncryptionConfiguration', versions);
  const nodes = document.nodes('resources');
  if (nodes.length === 0) throw document.problem('resources: Required value: at least one resource');
  const entries = nodes.map(entryOf);
  document.end();
  return {
    transformerFor: (group, resource) =>
      entries.find(({ resources }) => resources.some((pattern) => matches(pattern, group, resource)))?.transformer,
  };
}

function matches(pattern: string, group: string, resource: string): boolean {
  if (pattern === '*.*') return true;
  if (pattern.startsWith('*.')) return pattern.slice(2) === group;
  return pattern === (group === '' ? resource : `${resource}.${group}`);
}

function entryOf(node: ConfigNode): Entry {
  const resources = node.texts('resources');
  if (resources.length === 0) throw node.problem('resources: Required value: at least one resource');
  for (const [i, resource] of resources.entries()) checkResource(node, `resources[${i}]`, resource);
  const providers = node.nodes('providers').map(providerOf);
  if (providers.length === 0) throw node.problem('providers: Required value: at least one provider');
  return { resources, transformer: transformerOf(providers) };
}

function checkResource(node: ConfigNode, where: string, resource: string): void {
  const value = `${where}: Invalid value: "${resource}"`;
  if (resource === '*' || resource === '')
    throw node.problem(`${value}: use '*.' to encrypt all the resources from core API group or *.* to encrypt all resources`);
  if (resource !== resource.toLowerCase()) throw node.problem(`${value}: resource name should be lower case`);
  if (/^[^*]+\.\*$|\*.*\*.+|^[^*]+\*/.test(resource) && resource !== '*.*') {
    throw node.problem(`${value}: resource name should not contain wildcards except as *.<group> or *.*`);
  }
  if (['apiserveripinfo', 'serviceipallocations', 'servicenodeportallocations'].includes(resource.split('.')[0] ?? '')) {
    throw node.problem(
      `${value}: apiserveripinfo, serviceipallocations and servicenodeportallocations resources can't be encrypted`,
    );
  }
}

function providerOf(node: ConfigNode): Provider {
  const named = ['aesgcm', 'aescbc', 'secretbox', 'identity'].filter((name) => node.has(name));
  const [name] = named;
  if (name === undefined)
    throw node.problem('provider does not contain any of the expected providers: aescbc, aesgcm, secretbox, identity');
  if (named.length > 1)
    throw node.problem('more than one provider specified in a single element, should split into different list elements');
  const provider = node.node(name);
  if (provider === undefined || name === 'identity') return { prefix: '', keys: [] };
  const keys = provider.nodes('keys').map((key) => keyOf(key, name));
  if (keys.length === 0) throw provider.problem('keys: Required value: at least one key');
  return { prefix: `k8s:enc:${name}:v1:`, keys };
}

function keyOf(node: ConfigNode, provider: string): ProviderKey {
  const name = node.requiredText('name');
  const text = node.requiredText('secret');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text))
    throw node.problem('secret: Invalid value: "REDACTED": secrets must be base64 encoded');
  const secret = Buffer.from(text, 'base64');
  const sizes = provider === 'secretbox' ? [32] : [16, 24, 32];
  if (!sizes.includes(secret.length)) {
    throw node.problem(
      `secret: Invalid value: "REDACTED": secret is not of the expected length, got ${secret.length}, expected one of [${sizes.join(' ')}]`,
    );
  }
  if (provider === 'secretbox') return secretbox(name, secret);
  return provider === 'aesgcm' ? aesGcm(name, secret) : aesCbc(name, secret);
}
