import { createPrivateKey, type KeyObject, webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import type { SigningRequest } from './signing-request.js';
import { usageExtensions } from './usages.js';
import { x509 } from './x509.js';

/** ECDSA P-256: the cheapest handshakes that every client understands. */
const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/** OpenSSL's names of curves, in the Web Crypto API's words. */
const curves: Readonly<Record<string, string>> = { prime256v1: 'P-256', secp384r1: 'P-384', secp521r1: 'P-521' };

/** Two clocks of one cluster may differ by this much. */
const clockSkewMs = 5 * 60_000;

export interface CertificateRequest {
  readonly commonName: string;
  /** Kubernetes reads them as the user's groups. */
  readonly organizations?: readonly string[];
  /** DNS names and IP addresses that the certificate is valid for. */
  readonly hosts?: readonly string[];
  readonly usages: readonly ('server' | 'client')[];
  readonly validDays: number;
}

/** What is added to a request by who signs it; times in milliseconds. */
export interface SigningPolicy {
  /** By Kubernetes' names: `digital signature`, `client auth`. */
  readonly usages: readonly string[];
  readonly notBeforeMs: number;
  /** Never beyond the authority's own end. */
  readonly notAfterMs: number;
}

/** PEM texts. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

/** A certificate authority that signs with a key it holds in memory. */
export class Authority {
  readonly #cert: x509.X509Certificate;
  readonly #key: webcrypto.CryptoKey;

  private constructor(cert: x509.X509Certificate, key: webcrypto.CryptoKey) {
    this.#cert = cert;
    this.#key = key;
  }

  /** Makes a new self-signed authority. */
  static async create(commonName: string, validDays: number, nowMs: number): Promise<{ authority: Authority; pair: KeyPair }> {
    const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
    const cert = await x509.X509CertificateGenerator.createSelfSigned({
      name: nameOf(commonName, []),
      serialNumber: serialNumber(),
      ...validity(validDays, nowMs),
      signingAlgorithm: algorithm,
      keys,
      extensions: [
        new x509.BasicConstraintsExtension(true, undefined, true),
        new x509.KeyUsagesExtension(
          x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment,
          true,
        ),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    });
    const authority = new Authority(cert, keys.privateKey);
    return { authority, pair: { cert: pem(cert), key: await exportKey(keys.privateKey) } };
  }

  /**
   * @param pair the key in PKCS #8, PKCS #1 or SEC 1: RSA, ECDSA or Ed25519
   * @throws when the texts are no certificate and key
   */
  static async load(pair: KeyPair): Promise<Authority> {
    const key = createPrivateKey(pair.key);
    const der = key.export({ type: 'pkcs8', format: 'der' });
    const imported = await webcrypto.subtle.importKey('pkcs8', der, algorithmOf(key), true, ['sign']);
    return new Authority(new x509.X509Certificate(pair.cert), imported);
  }

  async issue(request: CertificateRequest, nowMs: number): Promise<KeyPair> {
    const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
    const usages = request.usages.map((usage) =>
      usage === 'server' ? x509.ExtendedKeyUsage.serverAuth : x509.ExtendedKeyUsage.clientAuth,
    );
    const hosts = request.hosts ?? [];
    const cert = await x509.X509CertificateGenerator.create({
      subject: nameOf(request.commonName, request.organizations ?? []),
      issuer: this.#cert.subjectName.toJSON(),
      serialNumber: serialNumber(),
      ...validity(request.validDays, nowMs),
      signingAlgorithm: algorithm,
      publicKey: keys.publicKey,
      signingKey: this.#key,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment, true),
        new x509.ExtendedKeyUsageExtension(usages),
        await x509.AuthorityKeyIdentifierExtension.create(this.#cert),
        ...(hosts.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(hosts.map(generalName))]),
      ],
    });
    return { cert: pem(cert), key: await exportKey(keys.privateKey) };
  }

  /**
   * Signs what was asked for: subject, names and key are the request's.
   * @returns PEM text
   * @throws RangeError for a usage that there is not
   */
  async sign(request: SigningRequest, policy: SigningPolicy): Promise<string> {
    const { parsed, subjectAlternativeNames: names } = request;
    const cert = await x509.X509CertificateGenerator.create({
      subject: parsed.subjectName.toJSON(),
      issuer: this.#cert.subjectName.toJSON(),
      serialNumber: serialNumber(),
      notBefore: new Date(policy.notBeforeMs),
      notAfter: new Date(Math.min(policy.notAfterMs, this.#cert.notAfter.getTime())),
      signingAlgorithm: { ...this.#key.algorithm, hash: 'SHA-256' },
      publicKey: parsed.publicKey,
      signingKey: this.#key,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        ...usageExtensions(policy.usages),
        await x509.AuthorityKeyIdentifierExtension.create(this.#cert),
        ...(names === undefined ? [] : [names]),
      ],
    });
    return pem(cert);
  }

  /** @returns whether this authority signed `cert`, and until when it is valid; undefined when it did not */
  async validUntilMs(cert: string): Promise<number | undefined> {
    const parsed = new x509.X509Certificate(cert);
    const ours = await parsed.verify({ publicKey: this.#cert, signatureOnly: true });
    return ours ? parsed.notAfter.getTime() : undefined;
  }
}

/** An ECDSA P-256 key pair that signs service account tokens: `key` PKCS #8, `cert` the public key (SPKI). */
export async function createSigningKey(): Promise<{ readonly privateKey: string; readonly publicKey: string }> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const spki = await webcrypto.subtle.exportKey('spki', keys.publicKey);
  return { privateKey: await exportKey(keys.privateKey), publicKey: `${x509.PemConverter.encode(spki, 'PUBLIC KEY')}\n` };
}

function algorithmOf(key: KeyObject): webcrypto.EcKeyImportParams | webcrypto.RsaHashedImportParams | webcrypto.Algorithm {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (type === 'rsa') return { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
  if (type === 'ed25519') return { name: 'Ed25519' };
  const namedCurve = curves[details?.namedCurve ?? ''];
  if (type !== 'ec' || namedCurve === undefined) throw new RangeError(`keys of type ${type} cannot sign certificates here`);
  return { name: 'ECDSA', namedCurve };
}

function nameOf(commonName: string, organizations: readonly string[]): x509.JsonName {
  return [...organizations.map((organization) => ({ O: [organization] })), { CN: [commonName] }];
}

function validity(days: number, nowMs: number): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(nowMs - clockSkewMs), notAfter: new Date(nowMs + days * 86_400_000) };
}

function generalName(host: string): { type: 'ip' | 'dns'; value: string } {
  return { type: isIP(host) === 0 ? 'dns' : 'ip', value: host };
}

function serialNumber(): string {
  const bytes = webcrypto.getRandomValues(new Uint8Array(16));
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x01; // positive, and never shortened by a leading zero
  return Buffer.from(bytes).toString('hex');
}

function pem(cert: x509.X509Certificate): string {
  return `${cert.toString('pem')}\n`;
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  const der = await webcrypto.subtle.exportKey('pkcs8', key);
  return `${x509.PemConverter.encode(der, 'PRIVATE KEY')}\n`;
}
