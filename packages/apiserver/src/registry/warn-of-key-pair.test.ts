import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { adminPair, alicePair } from '../testing/certificates.js';
import { warnOfKeyPair } from './warn-of-key-pair.js';

const pem = (type: string) => `-----BEGIN ${type}-----\nMAA=\n-----END ${type}-----\n`;
const rsaKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs1', format: 'pem' });
const { cert, key } = alicePair;

const cases: readonly [string, string, string, string | undefined][] = [
  ['a pair', cert, `${pem('EC PARAMETERS')}${key}`, undefined],
  ['no certificate', 'x', key, 'tls: failed to find any PEM data in certificate input'],
  [
    'a key as certificate',
    key,
    cert,
    'tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched',
  ],
  [
    'other things as certificate',
    `${pem('A')}${pem('B')}`,
    key,
    'tls: failed to find "CERTIFICATE" PEM block in certificate input after skipping PEM blocks of the following types: [A B]',
  ],
  ['no key', cert, '', 'tls: failed to find any PEM data in key input'],
  ['a certificate as key', cert, cert, 'tls: found a certificate rather than a key in the PEM for the private key'],
  [
    'other things as key',
    cert,
    pem('PUBLIC KEY'),
    'tls: failed to find PEM block with type ending in "PRIVATE KEY" in key input after skipping PEM blocks of the following types: [PUBLIC KEY]',
  ],
  ['a certificate that is none', pem('CERTIFICATE'), key, 'x509: malformed certificate'],
  ['a key that is none', cert, pem('EC PRIVATE KEY'), 'tls: failed to parse private key'],
  ['a key of another type', cert, String(rsaKey), 'tls: private key type does not match public key type'],
  ["another's key", cert, adminPair.key, 'tls: private key does not match public key'],
];
for (const [name, certificate, secret, warning] of cases) {
  test(`a secret for TLS with ${name}`, () => {
    const [crt, priv] = [certificate, secret].map((text) => Buffer.from(text).toString('base64'));
    const data = { 'tls.crt': crt, 'tls.key': priv };
    assert.deepEqual(warnOfKeyPair({ type: 'kubernetes.io/tls', data }), warning === undefined ? [] : [warning]);
    assert.deepEqual(warnOfKeyPair({ type: 'Opaque', data }), []);
  });
}
