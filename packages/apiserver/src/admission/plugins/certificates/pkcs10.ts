import { createPublicKey, verify } from 'node:crypto';

const sequence = 0x30;
const objectIdentifier = 0x06;
const bitString = 0x03;
/** 2.5.4.10, organizationName. */
const organizationName = '55040a';

/** By object identifier: the digest under a signature. RSA-PSS, which hardly a request is signed with, is not among them. */
const signatureDigests: ReadonlyMap<string, string | null> = new Map([
  ['2a864886f70d01010b', 'sha256'], // sha256WithRSAEncryption
  ['2a864886f70d01010c', 'sha384'],
  ['2a864886f70d01010d', 'sha512'],
  ['2a8648ce3d040302', 'sha256'], // ecdsa-with-SHA256
  ['2a8648ce3d040303', 'sha384'],
  ['2a8648ce3d040304', 'sha512'],
  ['2b6570', null], // Ed25519, which hashes by itself
]);

interface Element {
  readonly tag: number;
  /** With tag and length. */
  readonly whole: Buffer;
  readonly content: Buffer;
}

/** What a certificate is asked with. */
export interface Pkcs10 {
  /** Of the subject: Kubernetes' groups. */
  readonly organizations: readonly string[];
  /** What is wrong with the signature, which shows that the sender has the key; undefined when it is right. */
  signatureProblem(): string | undefined;
}

/**
 * @param pem a PKCS #10 request, RFC 2986
 * @throws RangeError that says why it cannot be read
 */
export function parsePkcs10(pem: string): Pkcs10 {
  const body = /-----BEGIN CERTIFICATE REQUEST-----([^-]+)-----END CERTIFICATE REQUEST-----/.exec(pem)?.[1];
  if (body === undefined) throw new RangeError('PEM block type must be CERTIFICATE REQUEST');
  const [request, ...trailing] = elements(Buffer.from(body, 'base64'));
  if (trailing.length > 0) throw new RangeError('asn1: syntax error: trailing data');
  const [info, algorithm, signature] = elements(contentOf(request, sequence));
  const [, subject, publicKey] = elements(contentOf(info, sequence)); // the version comes first
  if (info === undefined || publicKey === undefined) throw new RangeError('asn1: syntax error: sequence truncated');
  const organizations = organizationsOf(contentOf(subject, sequence));
  const [identifier] = elements(contentOf(algorithm, sequence));
  const digest = signatureDigests.get(contentOf(identifier, objectIdentifier).toString('hex'));
  const signed = contentOf(signature, bitString).subarray(1); // after the number of unused bits, which is 0
  return {
    organizations,
    signatureProblem() {
      if (digest === undefined) return 'x509: cannot verify signature: algorithm unimplemented';
      return verifies(digest, info.whole, publicKey.whole, signed) ? undefined : 'x509: signature verification failure';
    },
  };
}

function verifies(digest: string | null, data: Buffer, publicKey: Buffer, signature: Buffer): boolean {
  try {
    return verify(digest, data, createPublicKey({ key: publicKey, format: 'der', type: 'spki' }), signature);
  } catch {
    return false; // the key cannot be read, or is not of the algorithm
  }
}

function organizationsOf(subject: Buffer): readonly string[] {
  return elements(subject)
    .flatMap((set) => elements(set.content))
    .flatMap((attribute) => {
      const [type, value] = elements(attribute.content);
      const isOrganization = type?.tag === objectIdentifier && type.content.toString('hex') === organizationName;
      return isOrganization && value !== undefined ? [value.content.toString('utf8')] : [];
    });
}

function contentOf(element: Element | undefined, tag: number): Buffer {
  if (element?.tag !== tag) throw new RangeError("asn1: structure error: tags don't match");
  return element.content;
}

/** The elements of DER, one after the other. @throws RangeError when one reaches beyond the end */
function elements(bytes: Buffer): readonly Element[] {
  const truncated = 'asn1: syntax error: data truncated';
  const found: Element[] = [];
  for (let at = 0; at < bytes.length; ) {
    const [tag, first] = [bytes[at], bytes[at + 1]];
    if (tag === undefined || first === undefined) throw new RangeError(truncated);
    const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
    const start = at + 2 + lengthBytes;
    if (first === 0x80 || lengthBytes > 4 || start > bytes.length) throw new RangeError(truncated);
    const length = lengthBytes === 0 ? first : bytes.readUIntBE(at + 2, lengthBytes);
    if (start + length > bytes.length) throw new RangeError(truncated);
    found.push({ tag, whole: bytes.subarray(at, start + length), content: bytes.subarray(start, start + length) });
    at = start + length;
  }
  return found;
}
