import { createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { errorMessage } from '@flotilla/base';
import { ConfigError } from '@flotilla/process';

/** One key that service-account tokens are signed or verified with. */
export interface TokenKey {
  readonly key: KeyObject;
  /** As Kubernetes computes it: the digest of the public key, base64url. */
  readonly id: string;
  readonly algorithm: 'RS256' | 'ES256' | 'ES384';
}

const block = /-----BEGIN [A-Z ]+-----[^-]+-----END [A-Z ]+-----/g;

/**
 * Every key of a PEM file: public keys, certificates, or private keys of which the public half is taken.
 * @throws ConfigError when there is none or one is of a sort that signs no tokens
 */
export function readPublicKeys(pem: string, path: string): readonly TokenKey[] {
  const blocks = pem.match(block) ?? [];
  if (blocks.length === 0) throw new ConfigError(`${path}: no PEM-encoded key found`);
  return blocks.filter((text) => !text.includes('EC PARAMETERS')).map((text) => tokenKey(path, () => createPublicKey(text)));
}

/** @throws ConfigError when the file holds no usable private key */
export function readSigningKey(pem: string, path: string): TokenKey {
  return tokenKey(path, () => createPrivateKey(pem));
}

function tokenKey(path: string, read: () => KeyObject): TokenKey {
  let key: KeyObject;
  try {
    key = read();
  } catch (error) {
    throw new ConfigError(`${path}: ${errorMessage(error)}`);
  }
  const publicKey = key.type === 'private' ? createPublicKey(key) : key;
  const id = createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64url');
  return { key, id, algorithm: algorithmOf(key, path) };
}

function algorithmOf(key: KeyObject, path: string): TokenKey['algorithm'] {
  if (key.asymmetricKeyType === 'rsa') return 'RS256';
  const curve = key.asymmetricKeyDetails?.namedCurve;
  if (key.asymmetricKeyType === 'ec' && curve === 'prime256v1') return 'ES256';
  if (key.asymmetricKeyType === 'ec' && curve === 'secp384r1') return 'ES384';
  throw new ConfigError(`${path}: service-account keys are RSA, or EC on P-256 or P-384`);
}
