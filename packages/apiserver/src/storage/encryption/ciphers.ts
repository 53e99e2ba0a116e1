import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { xsalsa20poly1305 } from '@noble/ciphers/salsa.js';
import type { ProviderKey } from './transformer.js';

const gcmNonceBytes = 12;
const gcmTagBytes = 16;
const cbcBlockBytes = 16;
const secretboxNonceBytes = 24;

/** Nonce, ciphertext, tag: as Go's AES-GCM lays it out. The store's key is authenticated too. */
export function aesGcm(name: string, secret: Buffer): ProviderKey {
  const algorithm = `aes-${secret.length * 8}-gcm` as 'aes-256-gcm'; // all three sizes have the same interface
  return {
    name,
    seal(value, key) {
      const nonce = randomBytes(gcmNonceBytes);
      const cipher = createCipheriv(algorithm, secret, nonce).setAAD(key);
      return Buffer.concat([nonce, cipher.update(value), cipher.final(), cipher.getAuthTag()]);
    },
    open(sealed, key) {
      if (sealed.length < gcmNonceBytes + gcmTagBytes) throw new Error('the stored data was shorter than the required size');
      const end = sealed.length - gcmTagBytes;
      const decipher = createDecipheriv(algorithm, secret, sealed.subarray(0, gcmNonceBytes))
        .setAAD(key)
        .setAuthTag(sealed.subarray(end));
      return Buffer.concat([decipher.update(sealed.subarray(gcmNonceBytes, end)), decipher.final()]);
    },
  };
}

/** Initialization vector, ciphertext padded as PKCS #7. It authenticates nothing: kept for clusters that have it. */
export function aesCbc(name: string, secret: Buffer): ProviderKey {
  const algorithm = `aes-${secret.length * 8}-cbc`;
  return {
    name,
    seal(value) {
      const vector = randomBytes(cbcBlockBytes);
      const cipher = createCipheriv(algorithm, secret, vector);
      return Buffer.concat([vector, cipher.update(value), cipher.final()]);
    },
    open(sealed) {
      if (sealed.length < cbcBlockBytes) throw new Error('the stored data was shorter than the required size');
      const decipher = createDecipheriv(algorithm, secret, sealed.subarray(0, cbcBlockBytes));
      return Buffer.concat([decipher.update(sealed.subarray(cbcBlockBytes)), decipher.final()]);
    },
  };
}

/** NaCl's secretbox: nonce, tag, ciphertext. It has no place for the store's key. */
export function secretbox(name: string, secret: Buffer): ProviderKey {
  return {
    name,
    seal(value) {
      const nonce = randomBytes(secretboxNonceBytes);
      return Buffer.concat([nonce, xsalsa20poly1305(secret, nonce).encrypt(value)]);
    },
    open(sealed) {
      if (sealed.length < secretboxNonceBytes) throw new Error('the stored data was shorter than the required size');
      return xsalsa20poly1305(secret, sealed.subarray(0, secretboxNonceBytes)).decrypt(sealed.subarray(secretboxNonceBytes));
    },
  };
}
