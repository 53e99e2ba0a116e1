import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { Authority, SigningRequest } from './index.js';

const folder = mkdtempSync(join(tmpdir(), 'flotilla-pki-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const keys = {
  'rsa, PKCS #8': ['genpkey', '-algorithm', 'rsa', '-pkeyopt', 'rsa_keygen_bits:2048'],
  'rsa, PKCS #1': ['genrsa', '-traditional', '2048'],
  'P-384, SEC 1': ['ecparam', '-name', 'secp384r1', '-genkey', '-noout'],
  Ed25519: ['genpkey', '-algorithm', 'ed25519'],
} as const;

function openssl(...args: readonly string[]): string {
  return execFileSync('openssl', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** A key in its own format, in a file. */
function makeKey(name: string, args: readonly string[]): string {
  const file = join(folder, `${name}.key`);
  const [command = '', ...options] = args;
  openssl(command, '-out', file, ...options);
  return file;
}

function makeRequest(keyFile: string): string {
  const subject = '/O=system:nodes/CN=system:node:n';
  const names = 'subjectAltName=DNS:n,IP:10.0.0.1,email:a@example.com,URI:https://example.com/x';
  return openssl('req', '-new', '-key', keyFile, '-subj', subject, '-addext', names);
}

describe('an authority signs what others ask for', () => {
  const nowMs = Date.now();
  for (const [kind, args] of Object.entries(keys)) {
    test(`with a key of ${kind}`, async () => {
      const keyFile = makeKey(kind.replaceAll(/\W/g, ''), args);
      const cert = openssl('req', '-x509', '-new', '-key', keyFile, '-subj', '/CN=authority', '-days', '1');
      const authority = await Authority.load({ cert, key: readFileSync(keyFile, 'utf8') });
      const request = await SigningRequest.parse(makeRequest(keyFile));
      const pem = await authority.sign(request, {
        usages: ['digital signature', 'key encipherment', 'client auth', 'server auth'],
        notBeforeMs: nowMs - 60_000,
        notAfterMs: nowMs + 60_000,
      });
      const issued = new X509Certificate(pem);
      const issuer = new X509Certificate(cert);
      assert.ok(issued.checkIssued(issuer) && issued.verify(issuer.publicKey));
      assert.equal(issued.subject, 'O=system:nodes\nCN=system:node:n');
      assert.equal(issued.subjectAltName, 'DNS:n, IP Address:10.0.0.1, email:a@example.com, URI:https://example.com/x');
      assert.equal(issued.ca, false);
      assert.deepEqual(issued.keyUsage, ['1.3.6.1.5.5.7.3.2', '1.3.6.1.5.5.7.3.1'].sort());
      assert.equal(Date.parse(issued.validTo), Math.floor((nowMs + 60_000) / 1_000) * 1_000);
      const file = join(folder, 'issued.crt');
      writeFileSync(file, pem);
      const text = openssl('x509', '-noout', '-text', '-in', file);
      assert.match(text, /X509v3 Key Usage: critical\s+Digital Signature, Key Encipherment\n/);
    });
  }

  test('never for longer than it is there itself', async () => {
    const { authority, pair } = await Authority.create('short', 1, nowMs);
    const request = await SigningRequest.parse(makeRequest(makeKey('long', keys['P-384, SEC 1'])));
    const pem = await authority.sign(request, { usages: [], notBeforeMs: nowMs, notAfterMs: nowMs + 10 * 86_400_000 });
    assert.equal(new X509Certificate(pem).validTo, new X509Certificate(pair.cert).validTo);
  });

  test('for no usage that there is not', async () => {
    const { authority } = await Authority.create('strict', 1, nowMs);
    const request = await SigningRequest.parse(makeRequest(makeKey('strict', keys['P-384, SEC 1'])));
    const signed = authority.sign(request, { usages: ['constructor'], notBeforeMs: nowMs, notAfterMs: nowMs + 1_000 });
    await assert.rejects(signed, new RangeError('unrecognized usage: constructor'));
  });
});

describe('a request', () => {
  test('tells what is asked for', async () => {
    const request = await SigningRequest.parse(makeRequest(makeKey('ask', keys['P-384, SEC 1'])));
    assert.equal(request.commonName, 'system:node:n');
    assert.deepEqual(
      [request.organizations, request.dnsNames, request.addresses, request.emails, request.urls],
      [['system:nodes'], ['n'], ['10.0.0.1'], ['a@example.com'], ['https://example.com/x']],
    );
  });

  test('is refused when it is none, or not signed by its key', async () => {
    await assert.rejects(SigningRequest.parse('x'), /PEM block type must be CERTIFICATE REQUEST/);
    await assert.rejects(
      SigningRequest.parse('-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----'),
      RangeError,
    );
    const pem = makeRequest(makeKey('forged', keys['P-384, SEC 1']));
    const der = Buffer.from(pem.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64');
    der[der.length - 1] = (der.at(-1) ?? 0) ^ 1;
    const forged = `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString('base64')}\n-----END CERTIFICATE REQUEST-----`;
    await assert.rejects(SigningRequest.parse(forged), RangeError);
  });
});
