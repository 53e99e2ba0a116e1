import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import * as x509 from '@peculiar/x509';

x509.cryptoProvider.set(webcrypto);

/** ECDSA P-256: the cheapest handshakes that every client understands. */
const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

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

  /** @throws when the texts are no certificate and PKCS #8 key */
  static async load(pair: KeyPair): Promise<Authority> {
    const der = x509.PemConverter.decodeFirst(pair.key);
    const key = await webcrypto.subtle.importKey('pkcs8', der, algorithm, true, ['sign']);
    return new Authority(new x509.X509Certificate(pair.cert), key);
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
