import { X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import type { DetailedPeerCertificate, TLSSocket } from 'node:tls';
import { certificateBlocks } from '../certificate-blocks.js';

/** A client certificate that the handshake has verified. */
export interface PeerCertificate {
  readonly commonName: string;
  readonly organizations: readonly string[];
  /** Until when it is valid, in milliseconds. */
  readonly notAfterMs: number;
  /** SHA-256, hexadecimal. */
  readonly fingerprint: string;
  /** Fingerprints of those who vouch for it, up to the root. */
  readonly authorities: readonly string[];
}

/** The handshake verifies against all authorities together; this tells whose certificate a verified one is. */
export type Authorities = (certificate: PeerCertificate) => boolean;

// A certificate cannot change during the connection.
const known = new WeakMap<Socket, PeerCertificate | 'none' | 'invalid'>();

export function peerCertificate(socket: Socket): PeerCertificate | 'none' | 'invalid' {
  let found = known.get(socket);
  if (found === undefined) {
    found = read(socket as TLSSocket); // the server listens with TLS only
    known.set(socket, found);
  }
  return found;
}

/** @param pem the bundle as it is now; it is parsed again only when it is another one */
export function authoritiesOf(pem: () => Buffer | undefined): Authorities {
  let parsed: Buffer | undefined;
  let fingerprints: ReadonlySet<string> = new Set();
  return ({ authorities }) => {
    const current = pem();
    if (current !== parsed) {
      parsed = current;
      fingerprints = new Set(certificatesIn(current).map(({ fingerprint256 }) => plain(fingerprint256)));
    }
    return authorities.some((authority) => fingerprints.has(authority));
  };
}

function certificatesIn(pem: Buffer | undefined): readonly X509Certificate[] {
  return certificateBlocks(pem?.toString('latin1') ?? '').map((text) => new X509Certificate(text));
}

function read(socket: TLSSocket): PeerCertificate | 'none' | 'invalid' {
  const certificate = socket.getPeerCertificate?.(true);
  if (certificate === undefined || certificate === null || Object.keys(certificate).length === 0) return 'none';
  // Two common names come as a list, against the types.
  const { CN, O } = certificate.subject as { readonly CN?: unknown; readonly O?: string | readonly string[] };
  if (!socket.authorized || typeof CN !== 'string' || CN === '') return 'invalid';
  const organizations = O === undefined ? [] : typeof O === 'string' ? [O] : O;
  return {
    commonName: CN,
    organizations,
    notAfterMs: Date.parse(certificate.valid_to),
    fingerprint: plain(certificate.fingerprint256),
    authorities: chainOf(certificate),
  };
}

function chainOf(leaf: DetailedPeerCertificate): readonly string[] {
  const chain: string[] = [];
  for (let at: DetailedPeerCertificate | undefined = leaf.issuerCertificate; at !== undefined; at = at.issuerCertificate) {
    const fingerprint = plain(at.fingerprint256);
    if (chain.includes(fingerprint)) break; // a root is its own issuer
    chain.push(fingerprint);
  }
  return chain;
}

function plain(fingerprint: string): string {
  return fingerprint.replaceAll(':', '').toLowerCase();
}
