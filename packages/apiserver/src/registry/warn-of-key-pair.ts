import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import type { Draft, Secret } from '@flotilla/api';

/** What Go says of a certificate and a key with which nobody can serve TLS. Such Secrets are stored all the same. */
export function warnOfKeyPair({ type, data = {} }: Draft<Secret>): string[] {
  if (type !== 'kubernetes.io/tls') return [];
  const problem = problemOf(blocksOf(data['tls.crt']), blocksOf(data['tls.key']));
  return problem === undefined ? [] : [problem];
}

/** One part of a PEM file. */
interface Block {
  readonly type: string;
  readonly text: string;
}

function blocksOf(base64 = ''): Block[] {
  const text = Buffer.from(base64, 'base64').toString('latin1');
  const blocks = text.matchAll(/-----BEGIN ([^\n-]+)-----\r?\n[^-]*-----END \1-----/g);
  return [...blocks].map(([whole, type = '']) => ({ type, text: whole }));
}

function problemOf(certificates: readonly Block[], keys: readonly Block[]): string | undefined {
  const certificate = certificates.find(isCertificate);
  if (certificate === undefined) return noCertificate(certificates);
  const key = keys.find(isKey);
  if (key === undefined) return noKey(keys);
  const parsed = certificateOf(certificate);
  if (parsed === undefined) return 'x509: malformed certificate';
  const secret = keyOf(key);
  if (secret === undefined) return 'tls: failed to parse private key';
  if (parsed.publicKey.asymmetricKeyType !== secret.asymmetricKeyType)
    return 'tls: private key type does not match public key type';
  return parsed.checkPrivateKey(secret) ? undefined : 'tls: private key does not match public key';
}

const isCertificate = ({ type }: Block) => type === 'CERTIFICATE';
const isKey = ({ type }: Block) => type === 'PRIVATE KEY' || type.endsWith(' PRIVATE KEY');

function noCertificate(found: readonly Block[]): string {
  if (found.length === 0) return 'tls: failed to find any PEM data in certificate input';
  if (found.length === 1 && found.every(isKey)) {
    return 'tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched';
  }
  return `tls: failed to find "CERTIFICATE" PEM block in certificate input after skipping PEM blocks of the following types: ${typesOf(found)}`;
}

function noKey(found: readonly Block[]): string {
  if (found.length === 0) return 'tls: failed to find any PEM data in key input';
  if (found.length === 1 && found.every(isCertificate)) {
    return 'tls: found a certificate rather than a key in the PEM for the private key';
  }
  return `tls: failed to find PEM block with type ending in "PRIVATE KEY" in key input after skipping PEM blocks of the following types: ${typesOf(found)}`;
}

function typesOf(blocks: readonly Block[]): string {
  return `[${blocks.map(({ type }) => type).join(' ')}]`;
}

function certificateOf({ text }: Block): X509Certificate | undefined {
  try {
    return new X509Certificate(text);
  } catch {
    return undefined;
  }
}

function keyOf({ text }: Block): KeyObject | undefined {
  try {
    return createPrivateKey(text);
  } catch {
    return undefined;
  }
}
